//! The binary: everything is in the library, so that tests and benches can reach it.

/// Requests make many small, short-lived allocations; see `docs/benchmarks.md` for what this saves.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    potluck::cli::main()
}
