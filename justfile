# Short names for the commands that this project is built, checked and run with. `just` alone lists them.

[private]
default:
    @just --list --unsorted

# Format the code.
fmt:
    cargo fmt --all

# Type-check everything.
check:
    cargo check --workspace --all-targets

# Clippy with warnings denied, and the format.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Every test, or those named.
test *names:
    cargo test {{ names }}

# Documentation with warnings denied.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# The demo: a pool of simulated providers, no key and no network.
demo *options:
    cargo run --release -- demo {{ options }}

# The benchmarks.
bench *options:
    cargo bench --workspace {{ options }}

# Official clients through potluck, against a real model and simulated providers.
real *options:
    acceptance/run {{ options }}

# Licences, advisories and duplicate crates; needs cargo-deny.
deny:
    cargo deny check

# The properties again and again, each time with another seed.
soak rounds="20":
    for round in $(seq {{ rounds }}); do cargo test --workspace -- propert || exit 1; done

# What runs before a change lands.
ci:
    .ci/run
