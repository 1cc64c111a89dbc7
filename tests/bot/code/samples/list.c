#include "util/list.h"
#include <stdio.h>
#define MAX 10
#define SQ(x) ((x)*(x))
#define GUARD_H
struct node { int a; struct node *next; };
typedef struct { int x; } point_t;
typedef int (*cb)(int);
enum color { RED };
static int helper(struct node *n, point_t p);
static int helper(struct node *n, point_t p)
{
    return do_it(n) + n->call(p);
}
char **names(void) { return 0; }
int *ptr(int a) { return 0; }
