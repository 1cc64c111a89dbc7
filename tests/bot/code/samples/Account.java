package com.x;
import java.util.List;
import com.acme.*;
import static com.acme.Tools.help;
@Service
public class Account<T> extends Base<T> implements Runner, Other {
    private static final int MAX = 3;
    private Store store;
    public Account(Store s) { this.store = s; }
    @Override
    public List<Item> run(Query q) throws Oops { return help(new Thing(q)).go(); }
    interface In { void m(); }
    enum E { X, Y }
    record P(int a) {}
}
