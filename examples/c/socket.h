/* A TCP connection that never blocks, over POSIX sockets. */
#ifndef EXAMPLE_SOCKET_H
#define EXAMPLE_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Connects, waiting for it at most ten seconds. Returns the socket, or -1 with a line on stderr. */
int socket_connect(const char *host, uint16_t port);

/* Waits until the socket can be read from (or written to, if asked), at most `milliseconds`. */
void socket_wait(int socket, bool to_write, int milliseconds);

/* Reads or writes what is possible at once. Returns the bytes, 0 when nothing is possible now, -1 when the connection is over. */
long socket_read(int socket, uint8_t *buffer, size_t capacity);
long socket_write(int socket, const uint8_t *data, size_t length);

#endif
