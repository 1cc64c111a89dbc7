(function_definition name: (identifier) @name) @function
(class_definition name: (identifier) @name) @group
(call_expression function: (call_expression function: (identifier) @callee
  arguments: (arguments) @arguments) arguments: (block)) @call
(infix_expression left: (infix_expression right: (string) @name) operator: (identifier) @in
  right: (block)) @phrase
