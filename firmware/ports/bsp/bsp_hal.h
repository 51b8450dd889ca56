/* The driver's HAL on the board support of this project: one thread, interrupts only while it sleeps. */
#ifndef SPINVP_FIRMWARE_PORTS_BSP_HAL_H
#define SPINVP_FIRMWARE_PORTS_BSP_HAL_H

#include "firmware/driver/pim_driver.h"

struct pim_hal bsp_pim_hal(void);

/* Lets the chip's interrupt wake the core; from now on the handle must stay. -1 when there is no place for a handler.
 */
int bsp_pim_irq_register(uint32_t source, struct pim_device* device);

#endif
