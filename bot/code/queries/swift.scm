(class_declaration name: (type_identifier) @name) @class
(class_declaration "extension" name: (user_type (type_identifier) @name)) @scope
(protocol_declaration name: (type_identifier) @name) @type
(typealias_declaration name: (type_identifier) @name) @type
(function_declaration name: (simple_identifier) @name) @function
(protocol_function_declaration name: (simple_identifier) @name) @function
(init_declaration name: "init" @name) @method
(source_file (property_declaration name: (pattern (simple_identifier) @name)) @constant)

(call_expression . (simple_identifier) @ref)
(call_expression . (navigation_expression
  suffix: (navigation_suffix suffix: (simple_identifier) @ref)))
(user_type (type_identifier) @ref)

(import_declaration (identifier) @import)
