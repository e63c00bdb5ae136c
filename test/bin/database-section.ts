/** What `docs/configuration.md` says about the database. */
import { VERSION_MIN } from "../../src/adapters/postgres/upkeep/DatabaseRequirements.ts"

export const databaseSection = `## The database

Postgres ${VERSION_MIN} or later, with the encoding UTF8 (\`CREATE DATABASE identity ENCODING 'UTF8' TEMPLATE template0\`).
Its locale, time zone and other settings are up to you. \`identity migrate\`, the server and the commands
refuse other versions and encodings, and say why.

A server is ready (\`/readyz\`) while its database answers a session check in time, has this release's schema, grants the
role the rights in [least-privilege.md](least-privilege.md), and takes writes. The answer lists each of these checks.
While the database is read-only, sessions are still verified, but nobody can sign in or out. Send traffic to a server
whose database takes writes.

\`identity migrate\` may run while servers do. It changes a table only when nobody else uses it. Otherwise it lets other
transactions pass and tries again, for ten minutes. If it gives up, a long transaction is in the way, such as a dump or
an autovacuum; \`pg_stat_activity\` shows which. Run it without a pooler, so that the database notices when it is killed.

Only a primary database is used, because a standby may lag behind and would accept ended sessions. A server that reaches
only a standby answers 503 and isn't ready. With a synchronous standby (\`synchronous_standby_names\`), a write that the
standby hasn't confirmed is answered by 503 and stays invisible, so a failover undoes nothing. While the standby is
away, sessions are verified but nothing can change, and each process that serves keeps at most twice
\`IDENTITY_DATABASE_POOL_MAX\` connections open. Don't cancel or terminate backends that wait for the standby
(\`wait_event\` is \`SyncRep\`) unless the primary will stay the primary.

When the database refuses the login, the server reads \`IDENTITY_DATABASE_URL\` again from its source. So a new user or
password in its file of \`IDENTITY_SECRETS_DIR\`, or in \`.env\`, needs no restart. Write the file before you change the
role, so that no request fails. A URL with another host, database or parameters needs a restart: the server logs an
error and doesn't use it.

### Its URL

\`postgres://user:password@host:5432/database\`, and after a \`?\` parameters of libpq. In user, password, database and
values, percent-encode all characters except letters and digits. These parameters are supported; others are refused by
name:

| | |
|---|---|
| \`host\`, \`port\`, \`user\`, \`password\`, \`dbname\` | They override the part before the \`?\`. A host that begins with \`/\` is the directory of a Unix socket. |
| \`sslmode\` | See below. |
| \`sslrootcert\` | File with the certificates of the authorities to trust, in PEM format, or \`system\` for the system's authorities, which implies \`verify-full\`. |
| \`sslcert\`, \`sslkey\` | Files with a certificate to show to the server, and its private key. |
| \`target_session_attrs\` | Only \`read-write\`, which is the behaviour anyway. |
| \`connect_timeout\` | Seconds for connecting to one host. Applies when it is shorter than \`IDENTITY_DATABASE_TIMEOUT\`. |
| \`application_name\` | The name in \`pg_stat_activity\`. The default is \`identity\`. |
| \`options\` | Arguments of the server, such as \`-c search_path=identity\`. |
| \`pgbouncer\` | \`true\` if a pooler is in between. |

| \`sslmode\` | |
|---|---|
| \`disable\` | No encryption. |
| \`allow\` | Encrypted only if the server refuses other connections. |
| \`prefer\` | Encrypted if the server supports it. The default. |
| \`require\` | Always encrypted, without checking the server's identity. With \`sslrootcert\` it is \`verify-ca\`. |
| \`verify-ca\` | Always encrypted, and the server's certificate must be from a trusted authority. |
| \`verify-full\` | Like \`verify-ca\`, and the certificate must name the host of the URL. |

To check the server's identity, end the URL with \`?sslmode=verify-full&sslrootcert=/etc/identity/database-ca.pem\`.
Without \`sslrootcert\`, Node's own authorities and those of \`NODE_EXTRA_CA_CERTS\` are trusted. The files are read for
each connection, so they may be replaced while the server runs. The log warns once about an unencrypted connection to
another machine. On the same machine, \`sslmode=disable\` saves the work.

Several hosts (\`postgres://h1:5432,h2:5432/database\`) are tried in order, each within its share of the time, until one
is a primary. From then on that host is tried first. After a failover, the next connection finds the promoted server.

### Behind PgBouncer

| \`pool_mode\` | \`IDENTITY_DATABASE_URL\` | |
|---|---|---|
| \`transaction\` | with \`?pgbouncer=true\` | works |
| \`session\` | with \`?pgbouncer=true\` | works |
| \`session\` | without | works if PgBouncer has \`ignore_startup_parameters = extra_float_digits,statement_timeout,idle_in_transaction_session_timeout\`; otherwise every answer is 503, and the log says \`08P01\` |
| \`transaction\` | without | does not work, because prepared statements belong to one connection |
| \`statement\` | either | does not work: changing an email needs a transaction and is 503 |

With \`?pgbouncer=true\`, statements are not prepared, and a new connection sends no settings. So give the timeouts, which
the server otherwise sets for itself, to the role, at nine tenths of \`IDENTITY_DATABASE_TIMEOUT\`:

\`\`\`sql
ALTER ROLE identity_server SET statement_timeout = '1800ms';
ALTER ROLE identity_server SET idle_in_transaction_session_timeout = '1800ms';
\`\`\`

PgBouncer must connect to the primary, also after a failover, because a server checks that only when it connects. With
\`?pgbouncer=true\`, a statement that takes too long is cancelled, and Postgres then shows writes that its synchronous
standby hasn't confirmed. If a failover must undo nothing, connect without it.

While a database is unavailable, the log says so at most every ten seconds, with the SQLSTATE or the socket's error code
(\`error.type\`) and, when an operator can do something, with \`advice\`. Commands print a sentence.
`
