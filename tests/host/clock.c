// SPDX-License-Identifier: Apache-2.0
// For stories about `until`: whether the kernel calls its clock synchronised is a fact of the whole machine, which
// no story may change. Preloaded, this says so as long as the file is there.
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

int adjtimex(struct timex* state) {
  memset(state, 0, sizeof *state);
  state->status = access("/run/clock-is-synchronised", F_OK) == 0 ? 0 : STA_UNSYNC;
  return TIME_OK;
}
