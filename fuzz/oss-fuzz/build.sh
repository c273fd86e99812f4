#!/bin/bash -eu
# Builds every fuzz target into $OUT, with the corpora of the tests as seeds.
cd "$SRC/etalon/fuzz"
# Counting what is allocated needs the allocator for itself; the sanitizer has its own.
targets=$(cargo fuzz list | grep -v '^memory$')
cargo fuzz build -O
for target in $targets; do
    cp "target/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
    seeds="../conformance/corpora/$target"
    if [ -d "$seeds" ]; then
        zip -qj "$OUT/${target}_seed_corpus.zip" "$seeds"/*
    fi
done
