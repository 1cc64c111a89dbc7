# The server's own code is built with -O1, which takes half as long; what computes, as the library's.
# https://cmake.org/cmake/help/latest/variable/CMAKE_PROJECT_PROJECT-NAME_INCLUDE.html
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
