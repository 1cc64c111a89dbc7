(function_declaration name: (identifier) @name) @function
(method_declaration name: (field_identifier) @name) @function
(call_expression function: (selector_expression field: (field_identifier)) @callee
  arguments: (argument_list) @arguments) @call
