(function_declaration (simple_identifier) @name) @function
(class_declaration (type_identifier) @name) @group
(call_expression (simple_identifier) @callee (call_suffix) @arguments) @call
