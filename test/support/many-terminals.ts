/** Tests run many command lines at once in one process, and each of them listens for the end of the standard input. */
process.stdin.setMaxListeners(0)
