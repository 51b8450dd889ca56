// The spinvp command. Exit codes: 0 success, 1 a run that failed or whose result is wrong, 2 bad usage or input.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string>
#include <systemc>
#include <vector>

#include "core/errors.h"
#include "sc_main/commands.h"
#include "sc_main/version.h"

int sc_main(int argc, char* argv[]) {
  CLI::App app("SpinVP: a virtual platform of a processing-in-memory chip", "spinvp");
  app.set_version_flag("--version", fmt::format("spinvp {}", spinvp::version));
  app.require_subcommand(1);
  const spinvp::Subcommand commands[] = {spinvp::add_run_command(app),      spinvp::add_compile_command(app),
                                         spinvp::add_inspect_command(app),  spinvp::add_cell_command(app),
                                         spinvp::add_generate_command(app), spinvp::add_regs_command(app)};
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    // What is missing often follows from a word that nobody knows: that word tells more.
    const std::vector<std::string> unknown = app.remaining(true);
    app.exit(unknown.empty() ? static_cast<const CLI::Error&>(error) : CLI::ExtrasError(unknown));
    return 2;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_DO_NOTHING);  // "stopped by user"
  try {
    for (const spinvp::Subcommand& command : commands) {
      const int code = command();
      if (code >= 0) {
        return code;
      }
    }
  } catch (const spinvp::InputError& error) {
    fmt::print(stderr, "spinvp: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "spinvp: {}\n", error.what());
    return 1;
  }
  return 1;
}

int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
