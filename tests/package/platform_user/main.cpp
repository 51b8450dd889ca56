// Runs firmware on the installed SoC blocks, without a chip: platform_user SOC FIRMWARE
#include <cstdio>
#include <systemc>

#include "platform/native_host.h"
#include "platform/virtual_soc.h"

int sc_main(int argc, char* argv[]) {
  if (argc != 3) {
    return 2;
  }
  spinvp::platform::VirtualSoc soc("soc", spinvp::platform::load_soc_config(argv[1]));
  soc.load_firmware(argv[2]);
  soc.on_uart_output([](char c) { std::putchar(c); });
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_SEC));
  static_assert(spinvp::platform::NativeHost::bus_error_code == 255);
  return soc.exit_code().value_or(1);
}
