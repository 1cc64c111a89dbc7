#include "a.hpp"
using namespace std;
namespace ns {
template <typename T>
class Box : public Base<T>, private ns::Other {
 public:
  Box(int a) : a_(a) {}
  ~Box();
  virtual int size() const = 0;
  int& at(int i) { return get(i); }
  bool operator==(const Box& o) const { return true; }
 private:
  int a_;
};
int Box::run(const Foo& f) const { return std::max(f.x(), Util::go<int>(3)); }
Box::~Box() {}
enum class Kind { A };
using Alias = std::vector<int>;
struct S { void m(); };
void free_fn(int);
template <class T> T tmpl(T a) { return new Foo(a); }
}
