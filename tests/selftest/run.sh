#!/usr/bin/env bash
# `rushproof selftest`: planted corruptions inside the program, then the faulty services.
exec "${RUSHPROOF_BIN:?the directory of the programs}/rushproof" selftest "$@"
