#!/usr/bin/env node
import '../dist/task/main.js'
