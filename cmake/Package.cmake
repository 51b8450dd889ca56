# Debian packages (make package): spinvp, the command, and spinvp-dev, the chip for models of others.
set(SPINVP_PACKAGE_CONTACT "SpinVP maintainers <maintainers@spinvp.invalid>" CACHE STRING
  "Maintainer field of the packages: a name and an address")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME spinvp)
set(CPACK_PACKAGE_VENDOR SpinVP)
set(CPACK_PACKAGE_CONTACT ${SPINVP_PACKAGE_CONTACT})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

string(CONCAT CPACK_COMPONENT_RUNTIME_DESCRIPTION
  "The spinvp command maps neural networks onto a chip that computes inside its own memory and runs them on a model of "
  "chip, RISC-V core and firmware. Comes with chips, networks and firmware to begin with.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME spinvp)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION electronics)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)

string(CONCAT CPACK_COMPONENT_DEV_DESCRIPTION
  "The chip and the blocks of its virtual SoC as SystemC modules: static libraries, headers, a CMake package, "
  "pkg-config files, the driver's sources and examples.")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME spinvp-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
string(JOIN ", " CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  "spinvp (= ${PROJECT_VERSION})" pkg-config libsystemc-dev libfmt-dev libyaml-cpp-dev libhwy-dev "libboost-dev (>= 1.74)")

include(CPack)
