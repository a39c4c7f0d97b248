/* Flash in a file. */
#ifndef FLASH_H
#define FLASH_H

/* Makes the file, erased, where there is none. Ends the process where it cannot be the flash. */
void flash_open(const char *path);

#endif
