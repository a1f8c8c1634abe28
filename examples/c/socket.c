#define _POSIX_C_SOURCE 200809L
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MILLISECONDS 10000

static bool finish_connecting(int socket)
{
    struct pollfd entry;
    entry.fd = socket;
    entry.events = POLLOUT;
    entry.revents = 0;
    int error = 0;
    socklen_t size = sizeof error;
    int ready;
    do
        ready = poll(&entry, 1, CONNECT_MILLISECONDS);
    while (ready < 0 && errno == EINTR);
    if (ready != 1) {
        errno = ETIMEDOUT;
        return false;
    }
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return false;
    errno = error;
    return error == 0;
}

static int connect_to(const struct addrinfo *address)
{
    int made = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (made < 0)
        return -1;
    int on = 1;
    (void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)fcntl(made, F_SETFL, fcntl(made, F_GETFL) | O_NONBLOCK);
    if (connect(made, address->ai_addr, address->ai_addrlen) == 0 || (errno == EINPROGRESS && finish_connecting(made)))
        return made;
    int error = errno;
    close(made);
    errno = error;
    return -1;
}

int socket_connect(const char *host, uint16_t port)
{
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    struct addrinfo hints, *found;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    int status = getaddrinfo(host, service, &hints, &found);
    if (status != 0) {
        fprintf(stderr, "%s: %s\n", host, gai_strerror(status));
        return -1;
    }
    int made = -1;
    for (const struct addrinfo *address = found; address != NULL && made < 0; address = address->ai_next)
        made = connect_to(address);
    if (made < 0)
        fprintf(stderr, "%s:%u: %s\n", host, (unsigned)port, strerror(errno));
    freeaddrinfo(found);
    return made;
}

void socket_wait(int socket, bool to_write, int milliseconds)
{
    struct pollfd entry;
    entry.fd = socket;
    entry.events = (short)(to_write ? POLLIN | POLLOUT : POLLIN);
    entry.revents = 0;
    /* Interrupted or not: the caller's loop comes back. */
    (void)poll(&entry, 1, milliseconds);
}

static long outcome(ssize_t count, bool zero_is_end)
{
    if (count > 0)
        return (long)count;
    if (count == 0)
        return zero_is_end ? -1 : 0;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

long socket_read(int socket, uint8_t *buffer, size_t capacity)
{
    return outcome(recv(socket, buffer, capacity, 0), true);
}

long socket_write(int socket, const uint8_t *data, size_t length)
{
    return outcome(send(socket, data, length, MSG_NOSIGNAL), false);
}
