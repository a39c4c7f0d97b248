#ifndef UART_H
#define UART_H

#include <stdbool.h>

void uart_start(void);
bool uart_has_received(void);

#endif
