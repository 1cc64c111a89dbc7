(function_definition name: (name) @name) @function
(method_declaration name: (name) @name) @method
(class_declaration name: (name) @name) @class
(interface_declaration name: (name) @name) @type
(trait_declaration name: (name) @name) @type
(enum_declaration name: (name) @name) @type
(program (const_declaration (const_element (name) @name)) @constant)

(function_call_expression function: [(name) @ref (qualified_name (name) @ref .)])
(member_call_expression name: (name) @ref)
(nullsafe_member_call_expression name: (name) @ref)
(scoped_call_expression name: (name) @ref)
(scoped_call_expression scope: (name) @ref)
(object_creation_expression [(name) @ref (qualified_name (name) @ref .)])
(base_clause [(name) @ref (qualified_name (name) @ref .)])
(class_interface_clause [(name) @ref (qualified_name (name) @ref .)])
(named_type [(name) @ref (qualified_name (name) @ref .)])
(use_declaration [(name) @ref (qualified_name (name) @ref .)])

(namespace_use_declaration) @use
(require_expression [(string) @import (parenthesized_expression (string) @import)
  (binary_expression right: (string) @import)
  (parenthesized_expression (binary_expression right: (string) @import))])
(require_once_expression [(string) @import (parenthesized_expression (string) @import)
  (binary_expression right: (string) @import)
  (parenthesized_expression (binary_expression right: (string) @import))])
(include_expression [(string) @import (parenthesized_expression (string) @import)
  (binary_expression right: (string) @import)])
(include_once_expression [(string) @import (parenthesized_expression (string) @import)
  (binary_expression right: (string) @import)])
