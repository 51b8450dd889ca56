/* From the boot ROM: a0 = hart, a1 = boot information. */

  .section .text.start, "ax"
  .globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, _stack_top
  la tp, _tls_start
  csrw mscratch, zero
  la t0, trap_entry
  csrw mtvec, t0
  csrw mie, zero
  mv s0, a1

  la t0, _bss_start
  la t1, _bss_end
  bgeu t0, t1, 2f
1:
  sw zero, 0(t0)
  addi t0, t0, 4
  bltu t0, t1, 1b
2:
  mv a0, s0
  call bsp_init
  mv a0, s0
  call main
  tail bsp_exit

/* Runs on a stack of its own: an overflow of the application's stack can still be told. mscratch holds the
 * application's stack while a trap is handled and zero otherwise, which is known before anything is stored. */
  .section .text.trap, "ax"
  .balign 4
trap_entry:
  csrrw sp, mscratch, sp
  bnez sp, trap_in_trap
  la sp, _trap_stack_top - 64
  sw ra, 0(sp)
  sw t0, 4(sp)
  sw t1, 8(sp)
  sw t2, 12(sp)
  sw t3, 16(sp)
  sw t4, 20(sp)
  sw t5, 24(sp)
  sw t6, 28(sp)
  sw a0, 32(sp)
  sw a1, 36(sp)
  sw a2, 40(sp)
  sw a3, 44(sp)
  sw a4, 48(sp)
  sw a5, 52(sp)
  sw a6, 56(sp)
  sw a7, 60(sp)
  csrr a0, mcause
  csrr a1, mepc
  csrr a2, mtval
  call trap_handler
  lw ra, 0(sp)
  lw t0, 4(sp)
  lw t1, 8(sp)
  lw t2, 12(sp)
  lw t3, 16(sp)
  lw t4, 20(sp)
  lw t5, 24(sp)
  lw t6, 28(sp)
  lw a0, 32(sp)
  lw a1, 36(sp)
  lw a2, 40(sp)
  lw a3, 44(sp)
  lw a4, 48(sp)
  lw a5, 52(sp)
  lw a6, 56(sp)
  lw a7, 60(sp)
  csrrw sp, mscratch, zero
  mret

/* An exception of the trap handler itself: there is no stack to rely on, and nothing to go back to. Ends the run with
 * BSP_EXIT_NESTED where the finisher can be reached, else sleeps for ever. */
  .equ FINISHER_NESTED, 0xDE << 16 | 0x3333
trap_in_trap:
  csrw mie, zero
  la t0, trap_sleep
  csrw mtvec, t0
  la t0, board
  lw t0, 12(t0) /* the finisher */
  beqz t0, trap_sleep
  li t1, FINISHER_NESTED
  sw t1, 0(t0)
  .balign 4
trap_sleep:
  wfi
  j trap_sleep
