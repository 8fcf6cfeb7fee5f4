/*
 * A link between two network namespaces that behaves as told: one TUN device in each, and IP packets carried between
 * them with delay, jitter, loss, a rate and a bounded queue. In user space, because kernels without sch_netem have no
 * other way; seeded, so that the same packets are lost in the same order in every run.
 *
 *   shaper NAMESPACE_A DEVICE_A NAMESPACE_B DEVICE_B MTU SEED
 *
 * A namespace is a path (/run/netns/name). Both devices end with the process, and the process ends with its standard
 * input. One direction of the link is "ab" (what enters at A and leaves at B), the other "ba". A packet meets, in this
 * order: the cut, the queue (full: dropped at the tail), the wire (rate), its luck (lost on the wire, so it took its
 * time there), the distance (delay and jitter; packets never overtake each other).
 *
 * Lines on standard input, each answered by one line on standard output ("ready" comes first, unasked):
 *   shape ab|ba DELAY_US JITTER_US LOSS_PPM RATE_BPS QUEUE_US   -> ok      rate 0: as fast as it comes
 *   cut | mend                                                  -> ok      a cut also loses what is on its way
 *   forget                                                      -> ok      counters and percentiles from zero
 *   count                                                       -> one line of JSON (see `count` below)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* On its way at most: 300 ms at 600 Mbit/s. Beyond that the link drops whatever its queue limit says. */
#define MAX_ON_THE_WAY 16384
#define MAX_PACKET_BYTES 2048
/* Waking up more often than this costs a core and shows nowhere. */
#define GRAIN_NS 100000LL
/* Packets taken from one device before the other one and the clock get their turn. */
#define MAX_AT_ONCE 64
#define HISTOGRAM_STEP_NS 100000LL
#define HISTOGRAM_STEPS 100000

struct packet {
  int64_t arrives_ns;
  size_t length;
  unsigned char bytes[];
};

struct direction {
  int from, to;
  uint64_t random;
  int64_t delay_ns, jitter_ns, queue_ns;
  uint64_t loss_ppm, rate_bps;
  int64_t wire_free_ns, last_arrival_ns;
  struct packet *on_the_way[MAX_ON_THE_WAY];
  size_t first, held;
  uint64_t packets, bytes, lost, overflowed, cut;
  uint32_t waited[HISTOGRAM_STEPS];
  uint64_t waited_count;
};

static struct direction ab, ba;
static int is_cut;

static void die(const char *format, ...) {
  va_list list;
  va_start(list, format);
  fprintf(stderr, "shaper: ");
  vfprintf(stderr, format, list);
  fprintf(stderr, "\n");
  va_end(list);
  exit(1);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* splitmix64: short, and good for every seed. */
static uint64_t draw(struct direction *d) {
  uint64_t z = (d->random += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

static int open_device(const char *namespace, const char *name, int mtu) {
  int netns = open(namespace, O_RDONLY | O_CLOEXEC);
  if (netns < 0 || setns(netns, CLONE_NEWNET) < 0) die("cannot enter %s: %s", namespace, strerror(errno));
  close(netns);
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device < 0) die("cannot open /dev/net/tun: %s", strerror(errno));
  struct ifreq wish = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  snprintf(wish.ifr_name, IFNAMSIZ, "%s", name);
  if (ioctl(device, TUNSETIFF, &wish) < 0) die("cannot make %s in %s: %s", name, namespace, strerror(errno));
  int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  wish.ifr_mtu = mtu;
  if (control < 0 || ioctl(control, SIOCSIFMTU, &wish) < 0) die("cannot set the MTU of %s: %s", name, strerror(errno));
  close(control);
  return device;
}

static void accept_packet(struct direction *d, const unsigned char *bytes, size_t length, int64_t now) {
  if (is_cut) {
    d->cut++;
    return;
  }
  int64_t starts = d->wire_free_ns > now ? d->wire_free_ns : now;
  int64_t waits = starts - now;
  if ((d->rate_bps > 0 && waits > d->queue_ns) || d->held == MAX_ON_THE_WAY) {
    d->overflowed++;
    return;
  }
  if (d->rate_bps > 0) d->wire_free_ns = starts + (int64_t)(length * 8 * 1000000000ULL / d->rate_bps);
  int64_t sent = d->rate_bps > 0 ? d->wire_free_ns : now;
  size_t step = waits / HISTOGRAM_STEP_NS;
  d->waited[step < HISTOGRAM_STEPS ? step : HISTOGRAM_STEPS - 1]++;
  d->waited_count++;
  /* Drawn for every packet, so that the luck of the n-th packet does not depend on the settings before it. */
  uint64_t luck = draw(d) % 1000000, spread = draw(d);
  if (luck < d->loss_ppm) {
    d->lost++;
    return;
  }
  int64_t arrives = sent + d->delay_ns + (d->jitter_ns > 0 ? (int64_t)(spread % (uint64_t)d->jitter_ns) : 0);
  if (arrives < d->last_arrival_ns) arrives = d->last_arrival_ns;
  d->last_arrival_ns = arrives;
  struct packet *packet = malloc(sizeof *packet + length);
  if (packet == NULL) die("out of memory");
  packet->arrives_ns = arrives;
  packet->length = length;
  memcpy(packet->bytes, bytes, length);
  d->on_the_way[(d->first + d->held++) % MAX_ON_THE_WAY] = packet;
}

static struct packet *take_first(struct direction *d) {
  struct packet *packet = d->on_the_way[d->first];
  d->first = (d->first + 1) % MAX_ON_THE_WAY;
  d->held--;
  return packet;
}

static void deliver_due(struct direction *d, int64_t now) {
  while (d->held > 0 && d->on_the_way[d->first]->arrives_ns <= now) {
    struct packet *packet = take_first(d);
    /* A device that is down takes nothing: lost, as on a real cable. */
    if (write(d->to, packet->bytes, packet->length) == (ssize_t)packet->length) {
      d->packets++;
      d->bytes += packet->length;
    } else {
      d->lost++;
    }
    free(packet);
  }
}

static void read_device(struct direction *d) {
  unsigned char buffer[MAX_PACKET_BYTES];
  for (int i = 0; i < MAX_AT_ONCE; i++) {
    ssize_t length = read(d->from, buffer, sizeof buffer);
    if (length <= 0) return;
    accept_packet(d, buffer, (size_t)length, now_ns());
  }
}

static double waited_ms(const struct direction *d, double share) {
  uint64_t wanted = (uint64_t)(share * (double)d->waited_count), seen = 0;
  for (size_t step = 0; step < HISTOGRAM_STEPS; step++) {
    seen += d->waited[step];
    if (seen > wanted) return (double)step * HISTOGRAM_STEP_NS / 1e6;
  }
  return 0;
}

/* Packets and bytes (of IP) delivered; packets lost on the wire, dropped at the queue's tail, dropped by the cut. */
static void print_direction(const char *name, const struct direction *d) {
  printf("\"%s\":{\"packets\":%lu,\"bytes\":%lu,\"lost\":%lu,\"overflowed\":%lu,\"cut\":%lu,"
         "\"queueMs\":{\"p50\":%.1f,\"p95\":%.1f,\"p99\":%.1f}}",
         name, d->packets, d->bytes, d->lost, d->overflowed, d->cut, waited_ms(d, 0.5), waited_ms(d, 0.95),
         waited_ms(d, 0.99));
}

static void forget(struct direction *d) {
  d->packets = d->bytes = d->lost = d->overflowed = d->cut = d->waited_count = 0;
  memset(d->waited, 0, sizeof d->waited);
}

static void lose_all(struct direction *d) {
  while (d->held > 0) {
    free(take_first(d));
    d->cut++;
  }
  d->wire_free_ns = d->last_arrival_ns = 0;
}

static void obey(const char *line) {
  char which[3];
  unsigned long delay_us, jitter_us, loss_ppm, rate_bps, queue_us;
  if (sscanf(line, "shape %2s %lu %lu %lu %lu %lu", which, &delay_us, &jitter_us, &loss_ppm, &rate_bps, &queue_us) == 6) {
    struct direction *d = strcmp(which, "ab") == 0 ? &ab : &ba;
    d->delay_ns = (int64_t)delay_us * 1000;
    d->jitter_ns = (int64_t)jitter_us * 1000;
    d->loss_ppm = loss_ppm;
    d->rate_bps = rate_bps;
    d->queue_ns = (int64_t)queue_us * 1000;
  } else if (strcmp(line, "cut") == 0) {
    is_cut = 1;
    lose_all(&ab);
    lose_all(&ba);
  } else if (strcmp(line, "mend") == 0) {
    is_cut = 0;
  } else if (strcmp(line, "forget") == 0) {
    forget(&ab);
    forget(&ba);
  } else if (strcmp(line, "count") == 0) {
    printf("{");
    print_direction("ab", &ab);
    printf(",");
    print_direction("ba", &ba);
    printf("}\n");
    return;
  } else {
    die("not understood: %s", line);
  }
  printf("ok\n");
}

/* Returns 0 at the end of the input. */
static int read_orders(void) {
  static char text[4096];
  static size_t length;
  ssize_t got = read(STDIN_FILENO, text + length, sizeof text - length);
  if (got <= 0) return 0;
  length += (size_t)got;
  char *end;
  while ((end = memchr(text, '\n', length)) != NULL) {
    *end = '\0';
    obey(text);
    length -= (size_t)(end + 1 - text);
    memmove(text, end + 1, length);
  }
  if (length == sizeof text) die("a line without an end");
  return 1;
}

int main(int count, char **words) {
  if (count != 7) die("usage: shaper NAMESPACE_A DEVICE_A NAMESPACE_B DEVICE_B MTU SEED");
  int mtu = atoi(words[5]);
  uint64_t seed = strtoull(words[6], NULL, 10);
  if (mtu < 576 || mtu > MAX_PACKET_BYTES) die("an MTU is between 576 and %d", MAX_PACKET_BYTES);
  ab.from = ba.to = open_device(words[1], words[2], mtu);
  ba.from = ab.to = open_device(words[3], words[4], mtu);
  ab.random = seed * 2;
  ba.random = seed * 2 + 1;
  prctl(PR_SET_TIMERSLACK, 1UL);
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("ready\n");
  for (;;) {
    struct pollfd watched[] = {{STDIN_FILENO, POLLIN, 0}, {ab.from, POLLIN, 0}, {ba.from, POLLIN, 0}};
    int64_t next = INT64_MAX;
    if (ab.held > 0) next = ab.on_the_way[ab.first]->arrives_ns;
    if (ba.held > 0 && ba.on_the_way[ba.first]->arrives_ns < next) next = ba.on_the_way[ba.first]->arrives_ns;
    int64_t wait = next == INT64_MAX ? 0 : next - now_ns();
    if (wait < GRAIN_NS) wait = GRAIN_NS;
    struct timespec limit = {.tv_sec = wait / 1000000000LL, .tv_nsec = wait % 1000000000LL};
    if (ppoll(watched, 3, next == INT64_MAX ? NULL : &limit, NULL) < 0 && errno != EINTR) die("ppoll: %s", strerror(errno));
    if (watched[0].revents != 0 && !read_orders()) return 0;
    if (watched[1].revents != 0) read_device(&ab);
    if (watched[2].revents != 0) read_device(&ba);
    int64_t now = now_ns();
    deliver_due(&ab, now);
    deliver_due(&ba, now);
  }
}
