# Language level, warnings and sanitizers for all of our targets: link to spinvp_options.
set(CMAKE_CXX_STANDARD 17) # Debian's libsystemc is built as C++17 and checks it at link time
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(spinvp_options INTERFACE)
target_include_directories(spinvp_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(spinvp_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Werror $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>)
if(SPINVP_SANITIZE)
  target_compile_options(spinvp_options INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer)
  target_link_options(spinvp_options INTERFACE -fsanitize=address,undefined)
endif()
if(SPINVP_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "SPINVP_FUZZ needs Clang: configure with -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++")
  endif()
  # GCC is the compiler whose warnings are errors.
  target_compile_options(spinvp_options INTERFACE -Wno-error -w
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(spinvp_options INTERFACE -fsanitize=address,undefined)
endif()
