(method_declaration name: (name) @name) @function
(function_definition name: (name) @name) @function
(class_declaration name: (name) @name) @group
(function_call_expression function: (name) @callee arguments: (arguments) @arguments) @call
