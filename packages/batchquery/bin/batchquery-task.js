#!/bin/sh
//bin/sh -c : ; while read -r key value; do [ "$key" = SigIgn: ] && export BATCHQUERY_IGNORED_SIGNALS="$value"; done 2>/dev/null </proc/self/status; exec node "$0" "$@"
// To a shell the line above is a program of its own, which notes the signals that we were started to ignore: Node forgets them.
// The stacks that -v shows lead to the sources. Only then: reading the source maps takes time.
if (process.env.BATCHQUERY_TALK === 'verbose') process.setSourceMapsEnabled(true)
await import('../dist/programs/batchquery-task.js')
