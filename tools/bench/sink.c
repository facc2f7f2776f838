/* Viewers that read everything and keep nothing: `sink PORT COUNT PORT COUNT ...`
 *
 * Opens COUNT connections to each PORT on the loopback, asks each for a WebSocket,
 * prints "ready" once all have been answered, then reads until its standard input closes.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char ASK[] =
    "GET /streams/main/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";

static int fail(const char *what) {
    perror(what);
    return 1;
}

int main(int argc, char **argv) {
    static char buffer[1 << 18];
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN}, events[256];
    for (int arg = 1; arg + 1 < argc; arg += 2) {
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[arg]))};
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        for (int i = 0; i < atoi(argv[arg + 1]); i++) {
            int sock = socket(AF_INET, SOCK_STREAM, 0);
            if (sock < 0 || connect(sock, (struct sockaddr *)&to, sizeof to)) return fail("connect");
            if (write(sock, ASK, sizeof ASK - 1) < 0) return fail("write");
            if (read(sock, buffer, sizeof buffer) <= 0) return fail("answer");
            event.data.fd = sock;
            epoll_ctl(poll, EPOLL_CTL_ADD, sock, &event);
        }
    }
    event.data.fd = 0;
    epoll_ctl(poll, EPOLL_CTL_ADD, 0, &event);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int n = epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < n; i++)
            if (read(events[i].data.fd, buffer, sizeof buffer) <= 0) {
                if (events[i].data.fd == 0) return 0;
                close(events[i].data.fd);
            }
    }
}
