/** What `docs/configuration.md` says about the database. */
import { VERSION_MIN } from "../../src/adapters/postgres/upkeep/DatabaseRequirements.ts"

export const databaseSection = `## The database

Postgres ${VERSION_MIN} or later, with the encoding UTF8 (\`CREATE DATABASE identity ENCODING 'UTF8' TEMPLATE template0\`). Its
locale, time zone and other settings are up to you. \`identity migrate\`, the server and the commands refuse anything else
by name.

A server is ready (\`/readyz\`) while its database answers a session check in time, has this release's schema, grants the
role what [least-privilege.md](least-privilege.md) lists, and takes writes. Each is a check of its own in the answer.
While the database is read-only, sessions are still verified, but nobody can sign in or out: send traffic to a server
whose database takes writes.

\`identity migrate\` may run while servers do: it changes a table only when nobody else uses it, and otherwise lets them
pass and tries again, for ten minutes. If it gives up, a long transaction stands in the way, such as a dump or an
autovacuum; \`pg_stat_activity\` shows which. Run it without a pooler in between, so that the database notices when it is
killed.

Only a primary is asked: a standby may lag behind and would accept sessions that were ended. A server that reaches one
answers 503 and is not ready. With a synchronous standby (\`synchronous_standby_names\`), what the standby has not confirmed
is answered by 503 and shown to nobody, so a failover takes nothing back. While it is away, sessions are verified and
nothing changes; each process that serves keeps at most twice \`IDENTITY_DATABASE_POOL_MAX\` connections open on the server.
Don't cancel or terminate backends that wait for it (\`wait_event\` is \`SyncRep\`) unless the primary will stay the primary.

When the database refuses the login, \`IDENTITY_DATABASE_URL\` is read again where it came from. So a new user or password in
its file of \`IDENTITY_SECRETS_DIR\`, or in \`.env\`, needs no restart. Write the file before you change the role, then no
request fails. A URL that leads to another host or database, or has other parameters, is not followed and logged as an
error: restart for that.

### Its URL

\`postgres://user:password@host:5432/database\`, and after a \`?\` what libpq calls parameters. What is not a letter or a
digit in user, password, database and values is percent-encoded. These are understood; another one is refused by name:

| | |
|---|---|
| \`host\`, \`port\`, \`user\`, \`password\`, \`dbname\` | Instead of what is in front of the \`?\`. A host that begins with \`/\` is the directory of a Unix socket. |
| \`sslmode\` | See below. |
| \`sslrootcert\` | File with the certificates of the authorities to trust, in PEM format, or \`system\` for those of the system, which implies \`verify-full\`. |
| \`sslcert\`, \`sslkey\` | Files with a certificate to show to the server, and its private key. |
| \`target_session_attrs\` | \`read-write\`, which is what happens anyway. |
| \`connect_timeout\` | Seconds for connecting to one host, if shorter than \`IDENTITY_DATABASE_TIMEOUT\`. |
| \`application_name\` | What \`pg_stat_activity\` shows: \`identity\`. |
| \`options\` | Arguments of the server, such as \`-c search_path=identity\`. |
| \`pgbouncer\` | \`true\` if a pooler is in between. |

| \`sslmode\` | |
|---|---|
| \`disable\` | No encryption. |
| \`allow\` | Only if the server refuses a connection without. |
| \`prefer\` | If the server can. The default. |
| \`require\` | Always, whoever the server is. With \`sslrootcert\` it is \`verify-ca\`. |
| \`verify-ca\` | Always, with a server whose certificate is of an authority that is trusted. |
| \`verify-full\` | Also, the certificate has to name the host of the URL. |

To be sure who the server is, end the URL with \`?sslmode=verify-full&sslrootcert=/etc/identity/database-ca.pem\`. Without
\`sslrootcert\`, the authorities that come with Node are trusted, as are those of \`NODE_EXTRA_CA_CERTS\`. The files are read
for each connection, so they may be replaced while the server runs. A connection to another machine that is not encrypted
is warned of once. On one machine, \`sslmode=disable\` saves the work.

With several hosts (\`postgres://h1:5432,h2:5432/database\`), they are tried in that order, each within its share of the
time, until one is a primary. It is asked first from then on. After a failover, the next connection finds the server that
was promoted.

### Behind PgBouncer

| \`pool_mode\` | \`IDENTITY_DATABASE_URL\` | |
|---|---|---|
| \`transaction\` | with \`?pgbouncer=true\` | works |
| \`session\` | with \`?pgbouncer=true\` | works |
| \`session\` | without | works if PgBouncer is told \`ignore_startup_parameters = extra_float_digits,statement_timeout,idle_in_transaction_session_timeout\`; otherwise everything is 503, and the log says \`08P01\` |
| \`transaction\` | without | does not work: statements are prepared on connections that change |
| \`statement\` | either | does not work: changing an email is a transaction, and 503 |

With \`?pgbouncer=true\` nothing is prepared, and no setting is sent when a connection is opened. The timeouts that the server
otherwise sets for itself are then the role's, at nine tenths of \`IDENTITY_DATABASE_TIMEOUT\`:

\`\`\`sql
ALTER ROLE identity_server SET statement_timeout = '1800ms';
ALTER ROLE identity_server SET idle_in_transaction_session_timeout = '1800ms';
\`\`\`

PgBouncer has to lead to the primary, also after a failover: a server sees which one it is only when it connects. With
\`?pgbouncer=true\` a statement that is late is canceled, and then Postgres shows what its synchronous standby has not
confirmed. Connect without it where a failover must take nothing back.

While a database is unavailable, the log says so at most every ten seconds, with the SQLSTATE or the code of the socket
(\`error.type\`) and, where there is something to do, with \`advice\`. Commands say it in a sentence.
`
