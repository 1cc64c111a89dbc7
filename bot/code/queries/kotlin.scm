(class_declaration (type_identifier) @name (class_body)? @body) @class
(object_declaration (type_identifier) @name (class_body)? @body) @class
(type_alias (type_identifier) @name) @type
(function_declaration (simple_identifier) @name (function_body)? @body) @function
(source_file (property_declaration (variable_declaration (simple_identifier) @name)) @constant)

(call_expression . (simple_identifier) @ref)
(call_expression . (navigation_expression (navigation_suffix (simple_identifier) @ref) .))
(user_type (type_identifier) @ref)

(import_header (identifier) @import (wildcard_import) @all)
(import_header (identifier) @import)
