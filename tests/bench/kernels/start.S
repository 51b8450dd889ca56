# Calls kernel(a0) with a stack, leaves the result in a0 and sleeps.
  .section .text.start
  .globl _start
_start:
  la sp, stack_top
  call kernel
sleep:
  wfi
  j sleep

  .bss
  .balign 4096
  .space 4096
stack_top:
