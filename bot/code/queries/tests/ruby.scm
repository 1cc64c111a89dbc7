(call method: (identifier) @callee arguments: (argument_list)? @arguments block: (_)) @call
(method name: (_) @name) @function
(class name: (_) @name) @group
(module name: (_) @name) @group
