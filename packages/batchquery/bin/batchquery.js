#!/bin/sh
//bin/sh -c : ; while read -r key value; do [ "$key" = SigIgn: ] && export BATCHQUERY_IGNORED_SIGNALS="$value"; done 2>/dev/null </proc/self/status; exec node -- "$0" "$@"
// To a shell the line above is a program of its own, which notes the signals that we were started to ignore: Node forgets them.
// After `--`, Node leaves --env-file to us.
const { start } = require('../dist/programs/start.js')

const verbose = process.argv.some(flag => flag === '-v' || flag === '--verbose')
start('batchquery', { command: process.argv[2], verbose })
