export const SECRET = "the secret of the benchmark suite"
