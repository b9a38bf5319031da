/// To be loaded before a program (LD_PRELOAD): its calls that write below a folder fail or kill it. Of the calls that
/// concern files below FAILING_BELOW the one numbered FAILING_AT, from 1 on,
///   - kills the program in its middle, where FAILING_WITH is "kill": half of what was to be written is;
///   - fails, as all after it do, with the number FAILING_WITH of errno.
/// With NO_EXCHANGE set no two folders change places, as on file systems that cannot do that.
/// With CLOCK_JUMPS set the time of day jumps by hours, forwards and backwards, whenever it is asked for.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

const char* setting(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool concerns(const char* path) {
  static const char* const below = setting("FAILING_BELOW");
  static const std::size_t length = std::strlen(below);
  if (length == 0) return false;
  if (path[0] == '/') return std::strncmp(path, below, length) == 0;
  char here[PATH_MAX];
  return ::getcwd(here, sizeof here) && std::strncmp(here, below, length) == 0;
}

bool concerns(int file) {
  char link[64], path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = ::readlink(link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = '\0';
  return concerns(path);
}

enum class Fate { passes, fails, dies };

Fate next() {
  static const long at = std::atol(setting("FAILING_AT"));
  static const bool kills = std::strcmp(setting("FAILING_WITH"), "kill") == 0;
  static std::atomic<long> calls{0};
  const long number = ++calls;
  if (at <= 0 || number < at) return Fate::passes;
  if (kills) return number == at ? Fate::dies : Fate::passes;
  errno = std::atoi(setting("FAILING_WITH"));
  return Fate::fails;
}

/// Whether a call must fail; kills the program where it is to die here.
template <class Half>
bool fails(bool concerned, Half&& half) {
  const Fate fate = concerned ? next() : Fate::passes;
  if (fate == Fate::dies) {
    half();
    ::raise(SIGKILL);
  }
  return fate == Fate::fails;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

long jump() {
  static const bool jumps = *setting("CLOCK_JUMPS") != '\0';
  static std::atomic<long> calls{0};
  constexpr long hours[] = {0, 5, -7, 100, -1, 3};
  return jumps ? 3600 * hours[calls++ % 6] : 0;
}

bool writes(int flags) { return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0; }

}  // namespace

extern "C" {

ssize_t write(int file, const void* data, size_t bytes) {
  static const auto next_write = real<ssize_t (*)(int, const void*, size_t)>("write");
  if (fails(concerns(file), [&] { next_write(file, data, bytes / 2); })) return -1;
  return next_write(file, data, bytes);
}

/// What streams of the standard library call where their buffer is full.
ssize_t writev(int file, const iovec* parts, int count) {
  static const auto next_writev = real<ssize_t (*)(int, const iovec*, int)>("writev");
  if (fails(concerns(file), [&] { next_writev(file, parts, count / 2); })) return -1;
  return next_writev(file, parts, count);
}

int fsync(int file) {
  static const auto next_fsync = real<int (*)(int)>("fsync");
  if (fails(concerns(file), [] {})) return -1;
  return next_fsync(file);
}

int rename(const char* from, const char* to) {
  static const auto next_rename = real<int (*)(const char*, const char*)>("rename");
  if (fails(concerns(to), [] {})) return -1;
  return next_rename(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  static const auto next_rename = real<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
  if (fails(concerns(to), [] {})) return -1;
  if ((flags & RENAME_EXCHANGE) != 0 && *setting("NO_EXCHANGE") != '\0') {
    errno = EINVAL;
    return -1;
  }
  return next_rename(from_folder, from, to_folder, to, flags);
}

int mkdir(const char* path, mode_t mode) {
  static const auto next_mkdir = real<int (*)(const char*, mode_t)>("mkdir");
  if (fails(concerns(path), [] {})) return -1;
  return next_mkdir(path, mode);
}

int open(const char* path, int flags, ...) {
  static const auto next_open = real<int (*)(const char*, int, ...)>("open");
  mode_t mode = 0;
  if (flags & O_CREAT) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  if (fails(writes(flags) && concerns(path), [] {})) return -1;
  return next_open(path, flags, mode);
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto next_clock = real<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = next_clock(clock, time);
  if (clock == CLOCK_REALTIME) time->tv_sec += jump();
  return result;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

int posix_fallocate(int file, off_t offset, off_t length) {
  static const auto next_fallocate = real<int (*)(int, off_t, off_t)>("posix_fallocate");
  if (fails(concerns(file), [] {})) return errno;
  return next_fallocate(file, offset, length);
}
}
