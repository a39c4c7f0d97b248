/* The NOR flash of the boards that are processes: a file. Defines board_nor and its functions. */
#ifndef FLASH_H
#define FLASH_H

/*
 * Opens the file, and locks it until the process ends. If there is no file, makes one of erased
 * flash. Ends the process with a message if the file cannot be the flash.
 */
void flash_open(const char *path);

#endif
