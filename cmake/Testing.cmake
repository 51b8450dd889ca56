# spinvp_test(NAME SOURCES... LIBRARIES...): one Catch2 binary; ctest runs each case as a process of its own,
# because SystemC elaborates once a process. A case that prints "skipped: " and a reason counts as skipped. Cases tagged
# [.soak] take minutes: see spinvp_soak.
if(SPINVP_TESTS)
  enable_testing()
  find_package(Catch2 2 REQUIRED)
  include(Catch)
endif()

# Test code is compiled without optimisation, which halves what a build of everything takes; what it tests is optimised.
add_library(spinvp_test_options INTERFACE)
target_compile_options(spinvp_test_options INTERFACE $<$<CONFIG:Release>:-O0>)

function(spinvp_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE spinvp_test_main spinvp_test_options ${ARG_LIBRARIES})
  target_compile_definitions(${name} PRIVATE SPINVP_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                             SPINVP_BINARY_DIR="${PROJECT_BINARY_DIR}")
  catch_discover_tests(${name} TEST_PREFIX "${name}: "
    PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "skipped: "
      ENVIRONMENT "ASAN_OPTIONS=detect_stack_use_after_return=0;SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1")
endfunction()

# spinvp_soak(NAME): adds the test's cases that are tagged [.soak], with ctest's label "soak"; only `make soak` runs them.
function(spinvp_soak name)
  catch_discover_tests(${name} TEST_SPEC "[soak]" TEST_PREFIX "soak: ${name}: "
    PROPERTIES LABELS soak TIMEOUT 3600 SKIP_REGULAR_EXPRESSION "skipped: "
      ENVIRONMENT "ASAN_OPTIONS=detect_stack_use_after_return=0;SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1")
endfunction()

# spinvp_benchmark(NAME SOURCES... LIBRARIES...): prints ratios; built with the tests, never run by ctest.
function(spinvp_benchmark name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE spinvp_options ${ARG_LIBRARIES})
  target_compile_definitions(${name} PRIVATE SPINVP_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                             SPINVP_BINARY_DIR="${PROJECT_BINARY_DIR}")
endfunction()
