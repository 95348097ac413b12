// The half of the preloaded library that moves the wall clock.
//
//   DEATH_CLOCK     seconds that the clock is off
//   DEATH_CLOCK_AT  only from that reading on, counted from 1
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long long clock_shift;
static unsigned long clock_from;
static atomic_ulong clock_readings;

__attribute__((constructor)) static void Configure(void) {
  const char* text = getenv("DEATH_CLOCK");
  if (text != NULL) clock_shift = strtoll(text, NULL, 10);
  if ((text = getenv("DEATH_CLOCK_AT")) != NULL) clock_from = strtoul(text, NULL, 10);
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, #name)

static long long ShiftNow(void) {
  if (clock_shift == 0) return 0;
  return atomic_fetch_add(&clock_readings, 1) + 1 >= clock_from ? clock_shift : 0;
}

int clock_gettime(clockid_t id, struct timespec* time_out) {
  REAL(clock_gettime);
  const int result = real(id, time_out);
  if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
    time_out->tv_sec += (time_t)ShiftNow();
  }
  return result;
}
int gettimeofday(struct timeval* restrict time_out, void* restrict zone) {
  REAL(gettimeofday);
  const int result = real(time_out, zone);
  if (result == 0) time_out->tv_sec += (time_t)ShiftNow();
  return result;
}
time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
