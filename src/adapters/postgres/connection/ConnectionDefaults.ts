/** What holds for connections where nobody says otherwise, in a server and in an embedding. */
export const CONNECTION_DEFAULTS = { poolMax: 10, timeout: "2 seconds" } as const
