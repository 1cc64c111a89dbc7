(function_declaration name: (simple_identifier) @name) @function
(class_declaration name: (type_identifier) @name) @group
