/*
 * Open-loop load: GET requests at a constant rate over kept-alive connections
 * to 127.0.0.1. Latency counts from the time a request was due, so one that
 * had to wait for a connection, or for this program, is as late as it is.
 *
 *     paced PORT PATH RATE SECONDS CONNECTIONS
 *
 * Prints one JSON object; times are in nanoseconds and none is rounded.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define GRACE SECOND /* for the last answers */
#define ROOM 65536   /* for an answer */
#define EVENTS 256

typedef struct {
    int socket;
    bool busy;
    int64_t due;
    size_t filled;
    char answer[ROOM];
} connection;

static struct {
    int port, epoll, timer;
    char request[4096];
    size_t request_size;
    connection *all;
    connection **idle; /* a ring: all connections take their turns */
    size_t connections, idle_first, idle_count;
    int64_t *latencies;
    int64_t due, sent, answered;
    int64_t connect_errors, read_errors, write_errors, wrong_status, malformed;
} load;

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

static void rest(connection *each)
{
    each->busy = false;
    each->filled = 0;
    load.idle[(load.idle_first + load.idle_count++) % load.connections] = each;
}

static bool begin(connection *each)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load.port)};
    int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    each->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (each->socket < 0)
        fail("socket");
    /* It waits, but on the loopback not for long. */
    if (connect(each->socket, (struct sockaddr *)&to, sizeof to) != 0) {
        close(each->socket);
        each->socket = -1;
        load.connect_errors++;
        return false;
    }
    setsockopt(each->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = each};
    if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, each->socket, &event) != 0)
        fail("epoll_ctl");
    return true;
}

/* Its request, if there is one, stays without an answer. */
static void renew(connection *each, int64_t *errors)
{
    ++*errors;
    close(each->socket);
    begin(each);
    if (each->busy)
        rest(each);
}

/* The size of the answer that `each` holds the beginning of; 0: more is needed, -1: no answer. */
static long answer_size(connection *each)
{
    each->answer[each->filled] = '\0';
    char *end = strstr(each->answer, "\r\n\r\n");
    if (end == NULL)
        return each->filled == ROOM - 1 ? -1 : 0;
    char *length = strcasestr(each->answer, "\r\nContent-Length:");
    if (strncmp(each->answer, "HTTP/1.1 ", 9) != 0 || length == NULL || length > end)
        return -1;
    long body = strtol(length + strlen("\r\nContent-Length:"), NULL, 10);
    long size = end + 4 - each->answer + body;
    return body < 0 || size >= ROOM ? -1 : size;
}

static void receive(connection *each)
{
    ssize_t count = recv(each->socket, each->answer + each->filled,
                         ROOM - 1 - each->filled, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        renew(each, &load.read_errors);
        return;
    }
    each->filled += (size_t)count;
    long size = answer_size(each);
    if (size == 0 || (size > 0 && (size_t)size > each->filled))
        return;
    if (size < 0 || (size_t)size < each->filled || !each->busy) {
        renew(each, &load.malformed);
        return;
    }
    if (strncmp(each->answer + 9, "200", 3) != 0)
        load.wrong_status++;
    load.latencies[load.answered++] = now() - each->due;
    rest(each);
}

static void send_one(int64_t due)
{
    connection *each = load.idle[load.idle_first];
    load.idle_first = (load.idle_first + 1) % load.connections;
    load.idle_count--;
    each->due = due;
    each->busy = true;
    load.sent++;
    ssize_t count = send(each->socket, load.request, load.request_size, MSG_NOSIGNAL);
    if (count != (ssize_t)load.request_size)
        renew(each, &load.write_errors);
}

static int by_size(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

static long long part(double of_all)
{
    return load.answered ? load.latencies[(int64_t)((double)(load.answered - 1) * of_all)] : 0;
}

static void report(double seconds)
{
    qsort(load.latencies, (size_t)load.answered, sizeof *load.latencies, by_size);
    printf("{\"due\": %lld, \"answered\": %lld, \"seconds\": %.6f, "
           "\"p50\": %lld, \"p90\": %lld, \"p99\": %lld, \"p999\": %lld, \"max\": %lld, "
           "\"errors\": {\"connect\": %lld, \"read\": %lld, \"write\": %lld, \"status\": %lld, "
           "\"malformed\": %lld, \"unsent\": %lld, \"unanswered\": %lld}}\n",
           (long long)load.due, (long long)load.answered, seconds,
           part(0.5), part(0.9), part(0.99), part(0.999), part(1.0),
           (long long)load.connect_errors, (long long)load.read_errors,
           (long long)load.write_errors, (long long)load.wrong_status,
           (long long)load.malformed, (long long)(load.due - load.sent),
           (long long)(load.sent - load.answered));
}

/* The timer wakes at the pace of the requests; epoll's own would be a millisecond coarse. */
static void start_timer(double gap)
{
    struct itimerspec pace;
    int64_t step = (int64_t)gap;
    pace.it_interval.tv_sec = pace.it_value.tv_sec = step / SECOND;
    pace.it_interval.tv_nsec = pace.it_value.tv_nsec = step % SECOND;
    load.timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (load.timer < 0 || timerfd_settime(load.timer, 0, &pace, NULL) != 0 ||
        epoll_ctl(load.epoll, EPOLL_CTL_ADD, load.timer, &event) != 0)
        fail("timer");
}

int main(int count, char **words)
{
    if (count != 6) {
        fprintf(stderr, "usage: paced PORT PATH RATE SECONDS CONNECTIONS\n");
        return 2;
    }
    double rate = atof(words[3]), seconds = atof(words[4]);
    load.port = atoi(words[1]);
    load.connections = (size_t)atoi(words[5]);
    if (load.port < 1 || load.port > 65535 || rate < 1 || rate > 1e6 || seconds <= 0 ||
        seconds > 600 || load.connections < 1 || load.connections > 10000) {
        fprintf(stderr, "a port, a rate of 1 to 1000000, at most 600 s and 10000 connections\n");
        return 2;
    }
    load.request_size = (size_t)snprintf(load.request, sizeof load.request,
                                         "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
                                         words[2], load.port);
    if (load.request_size >= sizeof load.request) {
        fprintf(stderr, "the path is too long\n");
        return 2;
    }
    load.due = (int64_t)(rate * seconds);
    double gap = SECOND / rate;
    load.latencies = malloc((size_t)(load.due + 1) * sizeof *load.latencies);
    load.all = calloc(load.connections, sizeof *load.all);
    load.idle = calloc(load.connections, sizeof *load.idle);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load.latencies == NULL || load.all == NULL || load.idle == NULL || load.epoll < 0)
        fail("memory");
    /* Pages are not to be met for the first time while latencies are taken. */
    memset(load.latencies, 1, (size_t)(load.due + 1) * sizeof *load.latencies);
    for (size_t i = 0; i < load.connections; i++) {
        if (!begin(&load.all[i])) {
            fprintf(stderr, "no connection to port %d\n", load.port);
            return 2;
        }
        rest(&load.all[i]);
    }
    start_timer(gap);
    int64_t started = now(), time = started;
    int64_t end = started + (int64_t)(seconds * SECOND) + GRACE;
    while (time < end && !(load.sent == load.due && load.idle_count == load.connections)) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(load.epoll, events, EVENTS, 100);
        for (int i = 0; i < ready; i++) {
            uint64_t ticks;
            if (events[i].data.ptr != NULL)
                receive(events[i].data.ptr);
            else
                (void)!read(load.timer, &ticks, sizeof ticks);
        }
        time = now();
        /* One that finds no connection idle goes out as soon as there is one. */
        while (load.sent < load.due && load.idle_count > 0) {
            int64_t due = started + (int64_t)((double)load.sent * gap);
            if (due > time)
                break;
            send_one(due);
        }
    }
    report((double)(time - started) / SECOND);
    return 0;
}
