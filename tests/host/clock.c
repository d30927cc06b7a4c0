// SPDX-License-Identifier: Apache-2.0
// For stories about `until`: whether the kernel calls its clock synchronised is a fact of the whole machine, which
// no story may change. Preloaded into the one who asks the kernel, this says so as long as the file is there; but
// only where its sandbox lets it ask.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

int adjtimex(struct timex* state) {
  int (*asks_the_kernel)(struct timex*) = (int (*)(struct timex*))dlsym(RTLD_NEXT, "adjtimex");
  if (asks_the_kernel(state) < 0) return -1;
  memset(state, 0, sizeof *state);
  const int synchronised = access("/run/clock-is-synchronised", F_OK) == 0;
  state->status = synchronised ? 0 : STA_UNSYNC;
  state->maxerror = synchronised ? 0 : 16000000; // microseconds; systemd-timedated looks at this one
  return TIME_OK;
}
