(call_expression function: (_) @callee arguments: (arguments) @arguments) @call
(method_definition name: (_) @name) @function
(class_declaration name: (_) @name) @group
