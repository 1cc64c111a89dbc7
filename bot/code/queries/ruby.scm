(method name: (_) @name) @method
(singleton_method name: (_) @name) @method
(class name: [(constant) (scope_resolution)] @name) @class
(module name: [(constant) (scope_resolution)] @name) @module
(program (assignment left: (constant) @name) @constant)
(body_statement (assignment left: (constant) @name) @constant)

(call method: (identifier) @ref)
(call receiver: (constant) @ref)
(call receiver: (scope_resolution name: (constant) @ref))
(superclass [(constant) @ref (scope_resolution name: (constant) @ref)])
(argument_list (constant) @ref)
(rescue (exceptions [(constant) @ref (scope_resolution name: (constant) @ref)]))

(call !receiver method: (identifier) @via arguments: (argument_list . (string) @import .))
