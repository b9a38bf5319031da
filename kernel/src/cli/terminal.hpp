#pragma once

#include <sys/ioctl.h>

namespace harmonium::cli {

/// Characters in a line of the terminal behind a file descriptor; 80 where there is none.
inline int terminal_width(int descriptor) {
  winsize size = {};
  constexpr int narrowest = 20, usual = 80;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > narrowest ? size.ws_col : usual;
}

}  // namespace harmonium::cli
