#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace spinvp {

/// A subcommand: its options, and what runs after parsing. Returns the exit code; throws InputError or RunError.
using Subcommand = std::function<int()>;

Subcommand add_run_command(CLI::App& app);
Subcommand add_compile_command(CLI::App& app);
Subcommand add_inspect_command(CLI::App& app);
Subcommand add_cell_command(CLI::App& app);
Subcommand add_generate_command(CLI::App& app);
Subcommand add_regs_command(CLI::App& app);

}  // namespace spinvp
