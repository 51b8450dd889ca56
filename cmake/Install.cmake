# What an installed SpinVP is made of; docs/integration.md tells how to use it. Component `runtime` is the command with
# what it reads, `dev` the chip and the SoC's blocks for models of others.
#   bin/spinvp                 lib/cmake/SpinVP, lib/pkgconfig    share/doc/spinvp
#   lib/libspinvp_*.a          include/spinvp                     share/spinvp: configs, models, firmware, examples
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(SPINVP_INCLUDE_DIR ${CMAKE_INSTALL_INCLUDEDIR}/spinvp)
set(SPINVP_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/SpinVP)
set(SPINVP_PKGCONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(SPINVP_DATA_DIR share/spinvp) # the command looks for it beside its bin folder (sc_main/resources.cpp)

# spinvp_install_libraries(EXPORT TARGET...): static libraries of component dev, exported without their prefix:
# spinvp_platform is SpinVP::platform.
function(spinvp_install_libraries export)
  foreach(target ${ARGN})
    string(REPLACE "spinvp_" "" name ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  endforeach()
  install(TARGETS ${ARGN} EXPORT ${export}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev
    INCLUDES DESTINATION ${SPINVP_INCLUDE_DIR})
  install(EXPORT ${export} NAMESPACE SpinVP:: DESTINATION ${SPINVP_CMAKE_DIR} COMPONENT dev)
  set_property(GLOBAL APPEND PROPERTY SPINVP_INSTALLED_TARGETS ${ARGN})
endfunction()

# The chip alone needs no yaml-cpp; what does has an export file of its own, so that the chip is found without.
spinvp_install_libraries(SpinVPChipTargets
  spinvp_systemc spinvp_core spinvp_interface spinvp_tlm spinvp_ip spinvp_driver)
set_target_properties(spinvp_ip PROPERTIES EXPORT_NAME pim)
spinvp_install_libraries(SpinVPPlatformTargets
  spinvp_yaml spinvp_ip_config spinvp_cpu spinvp_platform spinvp_inference spinvp_native_host)
set_target_properties(spinvp_ip_config PROPERTIES EXPORT_NAME pim_config)

# spinvp_install_files(DESTINATION COMPONENT PATTERN...): files of the sources, each in a folder as here.
function(spinvp_install_files destination component)
  file(GLOB_RECURSE files RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS ${ARGN})
  list(FILTER files EXCLUDE REGEX "ip/interface/generator/")
  foreach(file ${files})
    get_filename_component(folder ${file} DIRECTORY)
    install(FILES ${file} DESTINATION ${destination}/${folder} COMPONENT ${component})
  endforeach()
endfunction()

# Includes are written from the root of the repository, here and there.
spinvp_install_files(${SPINVP_INCLUDE_DIR} dev core/*.h ip/*.h platform/*.h firmware/*.h)
install(DIRECTORY ${SPINVP_GENERATED_DIR}/ip ${SPINVP_GENERATED_DIR}/platform
  DESTINATION ${SPINVP_INCLUDE_DIR} COMPONENT dev FILES_MATCHING PATTERN "*.h")

configure_package_config_file(cmake/SpinVPConfig.cmake.in ${PROJECT_BINARY_DIR}/SpinVPConfig.cmake
  INSTALL_DESTINATION ${SPINVP_CMAKE_DIR}
  PATH_VARS SPINVP_INCLUDE_DIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/SpinVPConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/SpinVPConfig.cmake ${PROJECT_BINARY_DIR}/SpinVPConfigVersion.cmake
  DESTINATION ${SPINVP_CMAKE_DIR} COMPONENT dev)

# The files find their tree by their own place in it, so that it may stand anywhere.
file(RELATIVE_PATH SPINVP_PREFIX_FROM_PKGCONFIG /prefix/${SPINVP_PKGCONFIG_DIR} /prefix)
string(REGEX REPLACE "/$" "" SPINVP_PREFIX_FROM_PKGCONFIG ${SPINVP_PREFIX_FROM_PKGCONFIG})
foreach(package spinvp-pim spinvp-pim-config spinvp-platform spinvp-driver)
  configure_file(cmake/${package}.pc.in ${PROJECT_BINARY_DIR}/pkgconfig/${package}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/${package}.pc DESTINATION ${SPINVP_PKGCONFIG_DIR} COMPONENT dev)
endforeach()

# The driver, the board support and the applications as sources, for RISC-V and for cores of others.
spinvp_install_files(${SPINVP_DATA_DIR} dev
  firmware/*.c firmware/*.S firmware/*.ld firmware/riscv/CMakeLists.txt firmware/riscv/toolchain.cmake)
install(DIRECTORY examples DESTINATION ${SPINVP_DATA_DIR} COMPONENT dev
  PATTERN build EXCLUDE)

# The command and what it reads.
install(TARGETS spinvp RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(DIRECTORY configs DESTINATION ${SPINVP_DATA_DIR} COMPONENT runtime)
install(DIRECTORY models DESTINATION ${SPINVP_DATA_DIR} COMPONENT runtime PATTERN "*.py" EXCLUDE PATTERN __pycache__ EXCLUDE)
install(FILES ${SPINVP_SHIPPED_FIRMWARE} DESTINATION ${SPINVP_DATA_DIR}/firmware COMPONENT runtime)
install(DIRECTORY docs/ DESTINATION share/doc/spinvp COMPONENT runtime)

# Everything that installing copies, and nothing else: no tests, no benchmarks.
get_property(libraries GLOBAL PROPERTY SPINVP_INSTALLED_TARGETS)
add_custom_target(installables DEPENDS spinvp spinvp_firmware spinvp_interface_headers)
foreach(library ${libraries})
  get_target_property(type ${library} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    add_dependencies(installables ${library})
  endif()
endforeach()
