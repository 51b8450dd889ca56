# Every library from outside, found once. Install them with tools/install_packages.sh.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS iostreams)
find_package(PNG REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ONNX CONFIG REQUIRED)
pkg_check_modules(SPINVP_HIGHWAY REQUIRED IMPORTED_TARGET libhwy)

# SystemC ships no CMake config on Debian.
pkg_check_modules(SPINVP_SYSTEMC REQUIRED IMPORTED_TARGET systemc tlm)
add_library(spinvp_systemc INTERFACE)
target_link_libraries(spinvp_systemc INTERFACE PkgConfig::SPINVP_SYSTEMC)
target_compile_features(spinvp_systemc INTERFACE cxx_std_17)
# Dynamic processes belong to the library's ABI when tlm_utils are used.
target_compile_definitions(spinvp_systemc INTERFACE SC_INCLUDE_DYNAMIC_PROCESSES)

# ONNX's header needs to know the namespace it was built with.
add_library(spinvp_onnx INTERFACE)
target_link_libraries(spinvp_onnx INTERFACE onnx_proto protobuf::libprotobuf)
target_compile_definitions(spinvp_onnx INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)
