/* The least that any server can pay: a loop of send() in C. `floor SIZE FPS`
 *
 * Listens on a free port of the loopback and prints it. Then, for every line on its standard input:
 *
 *   accept COUNT    answers so many requests as if to upgrade them
 *   send FRAMES     sends FRAMES ready-made WebSocket frames of SIZE bytes to each viewer, FPS a second; prints the CPU
 *                   that this took in microseconds, user and system, and how many sends were taken by the kernel
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char ANSWER[] = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
enum { MOST = 65536, LOWAT = 16 << 10, HEADER = 10 };
static int viewers[MOST], count;

static int fail(const char *what) {
    perror(what);
    return 1;
}

static int welcome(int listener, int more) {
    char request[4096];
    while (more-- > 0 && count < MOST) {
        int sock = accept(listener, NULL, NULL), one = 1, lowat = LOWAT;
        if (sock < 0 || read(sock, request, sizeof request) <= 0) return fail("accept");
        if (write(sock, ANSWER, sizeof ANSWER - 1) < 0) return fail("answer");
        setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(sock, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat);
        viewers[count++] = sock;
    }
    return 0;
}

static double micros(struct timeval after, struct timeval before) {
    return 1e6 * (after.tv_sec - before.tv_sec) + (after.tv_usec - before.tv_usec);
}

static void play(const unsigned char *frame, size_t bytes, long frames, double fps) {
    struct rusage before, after;
    struct timespec due;
    long sends = 0, step = 1e9 / fps;
    getrusage(RUSAGE_SELF, &before);
    clock_gettime(CLOCK_MONOTONIC, &due);
    while (frames-- > 0) {
        for (int i = 0; i < count; i++)
            sends += send(viewers[i], frame, bytes, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)bytes;
        due.tv_nsec += step;
        due.tv_sec += due.tv_nsec / 1000000000;
        due.tv_nsec %= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    }
    getrusage(RUSAGE_SELF, &after);
    printf("%.0f %.0f %ld\n", micros(after.ru_utime, before.ru_utime), micros(after.ru_stime, before.ru_stime), sends);
}

int main(int argc, char **argv) {
    if (argc != 3) return fprintf(stderr, "usage: floor SIZE FPS\n"), 2;
    size_t size = strtoul(argv[1], NULL, 10);
    double fps = strtod(argv[2], NULL);
    unsigned char *frame = calloc(1, size + HEADER);
    frame[0] = 0x82, frame[1] = 127; /* binary, whole; the length follows in 8 bytes */
    for (int i = 0; i < 8; i++) frame[2 + i] = (unsigned char)((unsigned long long)size >> (8 * (7 - i)));
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096)) return fail("listen");
    getsockname(listener, (struct sockaddr *)&at, &length);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        long n = atol(strchr(line, ' ') ? strchr(line, ' ') : "0");
        if (line[0] == 'a') {
            if (welcome(listener, n)) return 1;
        } else
            play(frame, size + HEADER, n, fps);
        fflush(stdout);
    }
    return 0;
}
